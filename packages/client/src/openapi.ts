// Made from docs/openapi.json by `node scripts/openapi.ts`. Do not change it by hand.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bridge can do its work; if not, which part fails */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The channels that the key may read, oldest first */
        get: operations["listChannels"];
        put?: never;
        /**
         * Create a channel, with its Matrix room
         * @description Answers as soon as the channel is stored, status `creating`; the bridge then makes the room, puts it into the microDAO's space, mirrors it and invites the creator and the members. `GET` the `Location` to see how far it is. Owners of the microDAO get power level 100 in the room, its admins 50.
         */
        post: operations["createChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One channel, and how complete its mirror is */
        get: operations["getChannel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a channel's name, topic or visibility
         * @description It is done in the Matrix room; the answer shows the channel as it was. What the room says then is mirrored.
         */
        patch: operations["changeChannel"];
        trace?: never;
    };
    "/v1/channels/{channelId}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The members of a channel, people and agents */
        get: operations["listChannelMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is mirrored of a channel, as NDJSON
         * @description One JSON object a line, each with a `type`: the channel, its members, its messages from the first on with the edits of and reactions to them, and last `end` with the counts: a file without that line was cut off. Capability: `channel.export`. Each export is in the audit log.
         */
        get: operations["exportChannel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For how long what is said in a channel is kept */
        get: operations["getChannelRetention"];
        /**
         * Set for how long what is said in a channel is kept
         * @description Needs `channel.manage`. What is older is removed within the hour, from every copy, what agents remember and were asked included, and is not stored again when the history is read. What was removed stays removed, whatever is set later.
         */
        put: operations["setChannelRetention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove everything that a person said and is called
         * @description In all microDAOs: an operator's key is needed, an integration's that is bound to none and holds `person.erase`. Doing it again finishes what was cut off.
         */
        post: operations["erasePerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/followups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages that somebody is to come back to, the newest mark first
         * @description Of all channels in which the key has `followup.read`, or of one.
         */
        get: operations["listFollowups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/followup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a follow-up of a message
         * @description A message has one follow-up at most, so asking twice makes one. Capability: `followup.manage`.
         */
        post: operations["createFollowup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/followups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a follow-up of a message of this channel, named by its id or its event
         * @description A message has one follow-up at most, so asking twice makes one. Capability: `followup.manage`.
         */
        post: operations["createChannelFollowup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/followups/{followupId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One follow-up */
        get: operations["getFollowup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Resolve a follow-up, open it again, or change who is to do what
         * @description What is so already is neither written nor told. Capability: `followup.manage`.
         */
        patch: operations["changeFollowup"];
        trace?: never;
    };
    "/v1/channels/{channelId}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether agents are silenced in a channel
         * @description The freeze of the microDAO around it is not looked at.
         */
        get: operations["getChannelFreeze"];
        /**
         * Silence all agents in a channel
         * @description Needs `channel.manage`. Agents do nothing there from then on: what they ask for is refused with the clause `suspended`, and what they have queued is not sent any more; only what is being handed to the homeserver at that moment may still arrive. They still read, and what people say is mirrored as ever. It is said once in the room. Freezing twice is freezing once: the first reason stays.
         */
        put: operations["freezeChannel"];
        post?: never;
        /**
         * Let agents speak again in a channel
         * @description Needs `channel.manage`. What was refused meanwhile stays unsaid. Safe to repeat.
         */
        delete: operations["unfreezeChannel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether agents are silenced in a microDAO */
        get: operations["getMicrodaoFreeze"];
        /**
         * Silence all agents in a microDAO
         * @description Needs `microdao.manage`. Agents do nothing there from then on: what they ask for is refused with the clause `suspended`, and what they have queued is not sent any more; only what is being handed to the homeserver at that moment may still arrive. They still read, and what people say is mirrored as ever. It is said once in the room. Freezing twice is freezing once: the first reason stays.
         */
        put: operations["freezeMicrodao"];
        post?: never;
        /**
         * Let agents speak again in a microDAO
         * @description Needs `microdao.manage`. Channels that are frozen themselves stay so. Safe to repeat.
         */
        delete: operations["unfreezeMicrodao"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, and who was refused what, newest first
         * @description Needs `audit.read`. Refusals are `access.refused`, with the clause; of the same refusal of a key in a minute the first is there, the tenth, the hundredth, each with how many `times`. Entries are only ever added.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Access keys of a microDAO, oldest first, without their secrets
         * @description Needs `key.manage`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make an access key; its secret is shown once
         * @description Needs `key.manage`. Nobody gives what they do not hold: the capabilities must be those of the key in use, of the person's role and of the plan, the microDAO and the team must lie within its own, and the new key ends no later. A person's key is made by that person, an agent's in the microDAO of the agent.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One access key, without its secret
         * @description Needs `key.manage`, except for the key in use.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * End an access key for ever, from the next request on
         * @description Needs `key.manage`, except for the key in use. Safe to repeat.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an access key another secret; it is shown once
         * @description Needs what making such a key needs. The old secret ends at once; for an overlap make a second key and revoke the first.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every capability there is */
        get: operations["listCapabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bundles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every bundle, with its capabilities
         * @description `bundle.role.…` is what a role holds, `bundle.plan.…` what a plan holds.
         */
        get: operations["listBundles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an agent has used, and how much it may
         * @description Needs `agent.read`, except for the agent itself.
         */
        get: operations["getAgentUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/quotas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set how much an agent may use
         * @description Needs `agent.manage`. All the quotas it has of its own; what is not named is as it is for all (`QUOTA_AGENT`, `QUOTA_KEY`). They count from the next use on. Nobody sets quotas of their own.
         */
        put: operations["setAgentQuotas"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a key has used, and how much it may
         * @description Needs `key.manage`, except for the key in use.
         */
        get: operations["getKeyUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}/quotas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set how much a key may use
         * @description Needs `key.manage`. All the quotas it has of its own; what is not named is as it is for all (`QUOTA_AGENT`, `QUOTA_KEY`). They count from the next use on. Nobody sets quotas of their own.
         */
        put: operations["setKeyQuotas"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/members/{userId}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let somebody in who knocks
         * @description The bot invites them. The member's `membership` changes when the room tells of it: follow it in the list.
         */
        post: operations["acceptKnock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/members/{userId}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn away somebody who knocks
         * @description The bot removes them. They may knock again, unless they are banned.
         */
        post: operations["denyKnock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/typing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Show or end the agent's typing notice
         * @description Best effort: it is passed on and nobody waits for it. It ends by itself; repeat it to go on.
         */
        put: operations["putChannelTyping"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One message and how far its delivery is
         * @description An agent sees what it posted itself with `chat.message.send` alone.
         */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /**
         * Delete a message in Matrix and here
         * @description Answers as soon as it is stored; it is delivered after what the agent has queued for the room before, and once. `GET` the `Location` to see how far it is. What others said takes the capability `chat.message.redact` and the power level that the room asks for. Deleting twice is deleting once; 204 if the message is gone already.
         */
        delete: operations["redactMessage"];
        options?: never;
        head?: never;
        /**
         * Give a message of the agent's own another text
         * @description Answers as soon as it is stored; it is delivered after what the agent has queued for the room before, and once. `GET` the `Location` to see how far it is. A message that is edited again shows the latest text.
         */
        patch: operations["editMessage"];
        trace?: never;
    };
    "/v1/messages/{messageId}/thread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The messages of the thread that begins with this one */
        get: operations["listThread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/replies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The messages that reply to this one */
        get: operations["listReplies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The wordings of a message, first to last
         * @description The first item is the message as it was sent. Edits that do not count or were redacted are left out.
         */
        get: operations["listEdits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/reactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who reacted to a message with what, first to last */
        get: operations["listReactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages with these words, newest first
         * @description Looks into the previews of all channels that the key may read, or of one. What is new can be found after a second or two; what was redacted cannot be found any more at once.
         */
        get: operations["searchMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/reactions/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * React to a message as the agent that the key belongs to
         * @description Answers as soon as it is stored; it is delivered after what the agent has queued for the room before, and once. `GET` the `Location` to see how far it is. Reacting twice with the same key is reacting once.
         */
        put: operations["addReaction"];
        post?: never;
        /**
         * Take the agent's reaction back
         * @description Answers as soon as it is stored; it is delivered after what the agent has queued for the room before, and once. `GET` the `Location` to see how far it is. 204 if there is no such reaction of the agent.
         */
        delete: operations["removeReaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/messages/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say up to 100 things, all or none, in this order
         * @description Stored in one database transaction and delivered in order. When one of them cannot be posted none is, and `errors` names every fault by its place. Messages with an `idempotencyKey` that was used before are not posted again.
         */
        post: operations["postChannelMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{messageId}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Go on with a message that grows, or end it
         * @description Rooms see it grow by at most 20 edits, quick at first and then slower; the end is shown at once. A message that nobody goes on with for 60 seconds ends by a sentence that says so. A piece with a number is taken once and in turn: `seq` of the answer says which was taken last, so send what follows it. Ending twice is ending once. A message that was begun for a run takes its `leaseToken` with every piece, and ends with the run.
         */
        patch: operations["growMessage"];
        trace?: never;
    };
    "/v1/sends/{sendId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far something is that the agent sends
         * @description For the agent that sends it.
         */
        get: operations["getSend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The microDAOs that the key has to do with, oldest first */
        get: operations["listMicrodaos"];
        put?: never;
        /**
         * Found a microDAO, with its Matrix space
         * @description Answers as soon as it is stored; the bridge then makes the space and invites the owner, who has power level 100 there. `matrixSpaceId` is null until then.
         */
        post: operations["createMicrodao"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One microDAO */
        get: operations["getMicrodao"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename a microDAO, and its space
         * @description The space is renamed afterwards, as far as the bot may do that.
         */
        patch: operations["changeMicrodao"];
        trace?: never;
    };
    "/v1/channels/{channelId}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Archive a channel
         * @description Nothing more is mirrored or posted; what there is stays and can be read. The room is made read-only and leaves the microDAO's space, as far as the bot may do that, and the bot and the agents leave it. Inviting the bot opens the channel again.
         */
        post: operations["archiveChannel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Give a person another role in a channel
         * @description The bot sets the power level in the room; the member's `role` changes when the room tells of it. Neither the bot nor whoever asks gives more than they have, or changes somebody who has as much.
         */
        patch: operations["changeMemberRole"];
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/hierarchy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is in a microDAO's space, in its order
         * @description Spaces within it included, five deep. Channels that the key may not see are left out, and spaces in which nothing is left.
         */
        get: operations["getHierarchy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The members of a microDAO and their roles */
        get: operations["listMicrodaoMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a person a member of a microDAO, or give a member another role
         * @description Nobody gives a role above their own or changes others who have as high a one; owners do as they like, save that one owner stays. A program may do what admins may. Power levels follow in the microDAO's space and in the rooms of its channels that the person is in, as far as the bot may.
         */
        put: operations["setMicrodaoMember"];
        post?: never;
        /**
         * End a person's membership in a microDAO
         * @description Nobody gives a role above their own or changes others who have as high a one; owners do as they like, save that one owner stays. A program may do what admins may. Power levels follow in the microDAO's space and in the rooms of its channels that the person is in, as far as the bot may. Whoever stays in its space is a member again when somebody enters or leaves that.
         */
        delete: operations["removeMicrodaoMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The language models of a microDAO, without their keys
         * @description Capability: `agent.manage`.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/microdaos/{microdaoId}/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make or replace a language model of a microDAO
         * @description The bridge calls this address from where it runs, private networks included: an operator's key is needed, an integration's that is bound to no microDAO and holds `agent.manage`.
         */
        put: operations["setModel"];
        post?: never;
        /**
         * Take a language model away
         * @description Agents that name it fail from then on. The bridge calls this address from where it runs, private networks included: an operator's key is needed, an integration's that is bound to no microDAO and holds `agent.manage`.
         */
        delete: operations["removeModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The agents of the microDAOs that the key has to do with, oldest first */
        get: operations["listAgents"];
        put?: never;
        /**
         * Ask for an agent, or make one
         * @description With status `requested`, which needs `agent.request`, the bot tells the request in a channel, and those who hold `agent.manage` decide, by key or by a reaction. With status `active`, which needs `agent.manage` and no agent's key, there is nothing to decide.
         */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was decided about an agent, by whom and why, oldest first */
        get: operations["listAgentChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change an agent's name, picture, owner and settings
         * @description Its Matrix profile follows within seconds.
         */
        patch: operations["editAgent"];
        trace?: never;
    };
    "/v1/agents/{agentId}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a requested agent
         * @description It is active from now on and gets its Matrix user.
         */
        post: operations["approveAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse a requested agent
         * @description Its code stays taken.
         */
        post: operations["refuseAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspend an agent
         * @description It stays in its rooms and says nothing; what it had queued fails.
         */
        post: operations["suspendAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a suspended agent go on
         * @description It speaks again. What failed meanwhile is not sent.
         */
        post: operations["activateAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End an agent for ever
         * @description Its keys stop, what it had queued fails, and it leaves every room, as soon as the homeserver answers.
         */
        post: operations["revokeAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blueprints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The blueprints that the key may use, oldest first */
        get: operations["listBlueprints"];
        put?: never;
        /**
         * Make a blueprint of agents
         * @description Needs `agent.manage` in its microDAO; one that everybody may use is made by an operator's key.
         */
        post: operations["createBlueprint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blueprints/{blueprintId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One blueprint */
        get: operations["getBlueprint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a blueprint
         * @description Its agents follow from their next question on, as far as they have no settings of their own.
         */
        patch: operations["editBlueprint"];
        trace?: never;
    };
    "/v1/channels/{channelId}/agents/{agentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an agent reacts to in a channel */
        get: operations["getAgentChannelSettings"];
        /**
         * Set what an agent reacts to in a channel
         * @description What is left out is as it is where nothing was set. Capability: `channel.manage`.
         */
        put: operations["setAgentChannelSettings"];
        post?: never;
        /** Have an agent react in a channel as where nothing was set */
        delete: operations["removeAgentChannelSettings"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/agents/{agentId}/schedules/{scheduleId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Have an agent not asked at these times any more */
        delete: operations["removeAgentSchedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/agents/{agentId}/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When an agent is asked by itself in a channel
         * @description Capability: `channel.manage`, because schedules hold what is asked.
         */
        get: operations["listAgentSchedules"];
        put?: never;
        /**
         * Have an agent asked at times
         * @description Each due time fires once; what was missed while the bridge stood still fires once in all.
         */
        post: operations["createAgentSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask an agent something in a channel
         * @description The agent answers in the channel as soon as it can, in the order in which it is asked there. With an Idempotency-Key the same request asks once; repeated, it gives the same run. Capability: `agent.run.invoke`.
         */
        post: operations["createRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs of agents, the newest first
         * @description Of all channels in which the key has `agent.read`, or of one.
         */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Stretches of time in which an agent takes part in channels, the newest first */
        get: operations["listAgentSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a run
         * @description Whoever works on it learns of it within a second or two; nothing that it says afterwards is taken. Capability: `agent.run.invoke`.
         */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events as they happen, from now on or from where the client stopped
         * @description Server-sent events; with `Upgrade: websocket`, JSON messages on a WebSocket. docs/api.md says what they are.
         */
        get: operations["openStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/me/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs of the agent that the key belongs to, as soon as they can be claimed
         * @description Server-sent events; with `Upgrade: websocket`, JSON messages on a WebSocket. Each names a run to claim; nothing is taken by being told. docs/agents.md says what they are.
         */
        get: operations["openTriggers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take up runs of the agent that the key belongs to
         * @description Oldest first, one at a time in a channel. A claimed run is nobody else's until its lease ends: renew it while you work, then complete, fail or release it. Only runs of agents whose runtime is `external` are given.
         */
        post: operations["claimRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on holding a run */
        post: operations["renewRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that a run is done */
        post: operations["completeRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/fail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that a run did not work
         * @description With `retry` it is tried again after a pause, three times in all.
         */
        post: operations["failRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a run back as if it had not been begun */
        post: operations["releaseRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{runId}/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The messages before the question of a run, oldest first
         * @description Of the thread that it was asked in, else of the channel. Previews of 280 characters, as everywhere.
         */
        get: operations["getRunContext"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An agent's webhook, without its secret */
        get: operations["getAgentWebhook"];
        /**
         * Give an agent a webhook, or change it
         * @description The secret of a new one is shown in this answer and never again. A disabled one becomes active. Capability: `agent.manage`.
         */
        put: operations["putAgentWebhook"];
        post?: never;
        /**
         * Take an agent's webhook away
         * @description What has not been delivered yet waits to be claimed in another way.
         */
        delete: operations["deleteAgentWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/webhook/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A new secret for an agent's webhook
         * @description For a day deliveries are signed with the old one as well.
         */
        post: operations["rotateAgentWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/webhook/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was delivered to an agent's webhook, or was not, newest first */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/webhook/deliveries/{deliveryId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask once more what a dead delivery asked
         * @description As a run of its own: the one that it belonged to has failed.
         */
        post: operations["retryWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{channelId}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The messages of a channel, newest first
         * @description Pages are stable: what is said meanwhile shifts nothing.
         */
        get: operations["listChannelMessages"];
        put?: never;
        /**
         * Say something as the agent that the key belongs to
         * @description Answers as soon as the message is stored; it is delivered at once and retried until the homeserver takes or refuses it. `GET` the `Location` to see how far it is. An agent that is not in the room joins it first. An answer to a repeated request has the header `Idempotency-Replayed: true`. As `application/x-ndjson` it is a message that grows while the body comes: the first line is this object, with the first words, and each line after it is a `StreamPiece` without `seq`. The end of the body is the end of the message, which then is the answer.
         */
        post: operations["postChannelMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file of a message, or its thumbnail
         * @description With an access key, or by a link from a message's `media`, which needs none. Pictures, sound and film are served as what their first bytes say, everything else as an attachment.
         */
        get: operations["getMedia"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file, to be posted as an attachment
         * @description The body is the file as it is. It is passed on as it comes; the same bytes are uploaded once within a week, so a request may be repeated. Takes the capability `chat.message.send`. 413 names the limit, which is the homeserver's or the bridge's own, whichever is smaller.
         */
        post: operations["uploadMedia"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessKey: {
            /**
             * @description Also what its token begins with.
             * @example ak_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            name: string;
            subject: {
                /** @enum {string} */
                kind: "user" | "agent" | "integration" | "embassy";
                id: string;
            };
            microdaoId: string | null;
            teamId: string | null;
            /** @enum {string} */
            status: "active" | "revoked" | "expired";
            /** @description Its own and those of its bundles. */
            capabilities: string[];
            createdBy: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            expiresAt: string | null;
            /** @description To the minute. */
            lastUsedAt: string | null;
        };
        AccessKeyPage: {
            items: components["schemas"]["AccessKey"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        AccessKeyWithToken: {
            /**
             * @description Also what its token begins with.
             * @example ak_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            name: string;
            subject: {
                /** @enum {string} */
                kind: "user" | "agent" | "integration" | "embassy";
                id: string;
            };
            microdaoId: string | null;
            teamId: string | null;
            /** @enum {string} */
            status: "active" | "revoked" | "expired";
            /** @description Its own and those of its bundles. */
            capabilities: string[];
            createdBy: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            expiresAt: string | null;
            /** @description To the minute. */
            lastUsedAt: string | null;
            /** @description What to send as `Authorization: Bearer …`. Shown this once; null in the answer to a repeated request. */
            token: string | null;
        };
        Agent: {
            /**
             * @description The agent.
             * @example ag_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @example agent:sofia */
            externalId: string;
            name: string;
            /** @enum {string} */
            kind: "system" | "assistant" | "node" | "quest";
            /** @enum {string} */
            status: "requested" | "active" | "suspended" | "revoked";
            /** @description Null for an agent that works everywhere. */
            microdaoId: string | null;
            teamId: string | null;
            /** @description The user who answers for it. */
            ownerUserId: string | null;
            /** @description Its Matrix user; null while there is none. */
            matrixId: string | null;
            avatarUrl: string | null;
            blueprint: string;
            /** @description What it works with: its own settings over those of its blueprint. `systemPrompt` is for keys with `agent.manage`. */
            config: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /** @description Its own settings alone. */
            ownConfig: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        AgentChange: {
            /**
             * @description The change.
             * @example agc_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @enum {string} */
            action: "registered" | "requested" | "approved" | "refused" | "suspended" | "activated" | "revoked" | "edited";
            before: ("requested" | "active" | "suspended" | "revoked") | null;
            /** @enum {string} */
            after: "requested" | "active" | "suspended" | "revoked";
            actor: {
                id: string;
                /** @enum {string} */
                kind: "user" | "agent" | "service" | "embassy";
            };
            reason: string | null;
            data: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        AgentChangePage: {
            items: components["schemas"]["AgentChange"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        AgentChannelSettings: {
            /**
             * @description Being mentioned asks it.
             * @default true
             */
            onMention: boolean;
            /**
             * @description Its display name in a text counts as a mention.
             * @default false
             */
            onName: boolean;
            /**
             * @description A reply to what it said asks it.
             * @default true
             */
            onReply: boolean;
            /**
             * @description In a room of one person and it, everything asks it.
             * @default true
             */
            onDirect: boolean;
            /**
             * @description `!<code> …` asks it.
             * @default true
             */
            onCommand: boolean;
            /**
             * @description Words that ask it, whatever their case.
             * @default []
             */
            keywords: string[];
            /**
             * @description Reactions that ask it about the message they are on.
             * @default []
             */
            reactionKeys: string[];
            /**
             * @description Everybody in the channel may ask it, or members of the microDAO.
             * @default everybody
             * @enum {string}
             */
            who: "everybody" | "members";
            /**
             * @description Whether other agents may ask it by a mention; null: as the agent is configured.
             * @default null
             */
            answersAgents: boolean | null;
        };
        AgentChannelSettingsInput: {
            /**
             * @description Being mentioned asks it.
             * @default true
             */
            onMention?: boolean;
            /**
             * @description Its display name in a text counts as a mention.
             * @default false
             */
            onName?: boolean;
            /**
             * @description A reply to what it said asks it.
             * @default true
             */
            onReply?: boolean;
            /**
             * @description In a room of one person and it, everything asks it.
             * @default true
             */
            onDirect?: boolean;
            /**
             * @description `!<code> …` asks it.
             * @default true
             */
            onCommand?: boolean;
            /**
             * @description Words that ask it, whatever their case.
             * @default []
             */
            keywords?: string[];
            /**
             * @description Reactions that ask it about the message they are on.
             * @default []
             */
            reactionKeys?: string[];
            /**
             * @description Everybody in the channel may ask it, or members of the microDAO.
             * @default everybody
             * @enum {string}
             */
            who?: "everybody" | "members";
            /**
             * @description Whether other agents may ask it by a mention; null: as the agent is configured.
             * @default null
             */
            answersAgents?: boolean | null;
        };
        /** @description Null takes a setting away; what is left out stays. */
        AgentConfigEdit: {
            systemPrompt?: string | null;
            model?: string | null;
            temperature?: number | null;
            tools?: string[] | null;
            maxTokens?: number | null;
            concurrency?: number | null;
            runtime?: ("builtin" | "external") | null;
            answersAgents?: boolean | null;
        };
        AgentDecision: {
            reason?: string;
        };
        AgentDetail: {
            /**
             * @description The agent.
             * @example ag_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @example agent:sofia */
            externalId: string;
            name: string;
            /** @enum {string} */
            kind: "system" | "assistant" | "node" | "quest";
            /** @enum {string} */
            status: "requested" | "active" | "suspended" | "revoked";
            /** @description Null for an agent that works everywhere. */
            microdaoId: string | null;
            teamId: string | null;
            /** @description The user who answers for it. */
            ownerUserId: string | null;
            /** @description Its Matrix user; null while there is none. */
            matrixId: string | null;
            avatarUrl: string | null;
            blueprint: string;
            /** @description What it works with: its own settings over those of its blueprint. `systemPrompt` is for keys with `agent.manage`. */
            config: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /** @description Its own settings alone. */
            ownConfig: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /** @description Null when nobody had to ask for it. */
            request: components["schemas"]["AgentRequest"] | null;
        };
        AgentEdit: {
            name?: string;
            avatarUrl?: string | null;
            owner?: string;
            config?: components["schemas"]["AgentConfigEdit"];
        };
        AgentPage: {
            items: components["schemas"]["Agent"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        AgentRequest: {
            /** @description Who asked, when a person did: `u_…`. */
            userId: string | null;
            reason: string | null;
            /** @description Where it was told: `c_…`. */
            channelId: string | null;
            /** @description The message that tells of it: `m_…`. ✅ and ❌ of those who may decide decide. */
            messageId: string | null;
        };
        AgentSchedule: {
            /**
             * @description The schedule.
             * @example sched_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            cron: string;
            timeZone: string;
            prompt: string;
            nextDueAt: string | null;
            /** @description The due time that it fired for last. */
            lastDueAt: string | null;
            createdBy: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        AgentSession: {
            /**
             * @description The session.
             * @example ses_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            /** @enum {string} */
            status: "active" | "idle" | "closed";
            runs: number;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            startedAt: string;
            lastActivityAt: string | null;
        };
        AgentSessionPage: {
            items: components["schemas"]["AgentSession"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        AgentWebhook: {
            /**
             * @description The webhook.
             * @example hook_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            url: string;
            /** @enum {string} */
            status: "active" | "disabled";
            /** @description `gone`: it answered 410. */
            disabledReason: string | null;
            concurrency: number;
            timeoutMs: number;
            answerMs: number;
            giveUpAfterMs: number;
            /** @description Until when deliveries are signed with the secret before this one, too. */
            oldSecretUntil: string | null;
            lastDeliveredAt: string | null;
            lastFailedAt: string | null;
            /** @description When it stopped taking anything; null: it took the last one. */
            failingSince: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            updatedAt: string;
        };
        AgentWebhookWithSecret: {
            /**
             * @description The webhook.
             * @example hook_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            url: string;
            /** @enum {string} */
            status: "active" | "disabled";
            /** @description `gone`: it answered 410. */
            disabledReason: string | null;
            concurrency: number;
            timeoutMs: number;
            answerMs: number;
            giveUpAfterMs: number;
            /** @description Until when deliveries are signed with the secret before this one, too. */
            oldSecretUntil: string | null;
            lastDeliveredAt: string | null;
            lastFailedAt: string | null;
            /** @description When it stopped taking anything; null: it took the last one. */
            failingSince: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            updatedAt: string;
            /** @description `whsec_…`, of a new webhook or a new secret. Shown this once. */
            secret: string | null;
        };
        Attachment: {
            /** @description Where it is, as `POST /v1/media` said. */
            mxcUri: string;
            /** @description What people see it is called. */
            filename: string;
        };
        AuditEntry: {
            /**
             * @description The entry.
             * @example aud_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            at: string;
            actor: {
                id: string | null;
                kind: string | null;
            };
            action: string;
            resource: {
                kind: string | null;
                id: string | null;
            };
            microdaoId: string | null;
            teamId: string | null;
            /** @description As in the header `x-request-id` and in the log. */
            requestId: string | null;
            /** @description Reason and details; never secrets or messages. */
            data: {
                [key: string]: unknown;
            };
        };
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Blueprint: {
            /**
             * @description The blueprint.
             * @example abp_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            code: string;
            description: string | null;
            model: string;
            /** @description For keys with `agent.manage`; null for others. */
            systemPrompt: string | null;
            /** @description Settings that its agents start with. */
            config: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /** @description Whose it is; null when everybody may use it. */
            microdaoId: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        BlueprintEdit: {
            description?: string | null;
            /** @description The language model that it asks. */
            model?: string;
            systemPrompt?: string | null;
            config?: {
                temperature?: number | null;
                tools?: string[] | null;
                maxTokens?: number | null;
                concurrency?: number | null;
                runtime?: ("builtin" | "external") | null;
                answersAgents?: boolean | null;
            };
        };
        BlueprintPage: {
            items: components["schemas"]["Blueprint"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Bundles: {
            items: {
                name: string;
                capabilities: string[];
            }[];
        };
        Capabilities: {
            items: {
                code: string;
                description: string;
            }[];
        };
        Channel: {
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @description Its name within the microDAO. */
            slug: string;
            name: string;
            topic: string | null;
            microdao: {
                /**
                 * @description The microDAO.
                 * @example md_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                externalId: string;
            };
            teamId: string | null;
            /** @description The room that the channel mirrors now; null while it is being made. */
            matrixRoomId: string | null;
            /** @description The room that it mirrored before, when that was upgraded. Its messages are here, too. */
            previousMatrixRoomId: string | null;
            /** @description The room was replaced by one that the bot is not in yet: invite it there. `reason`: the homeserver's. */
            upgrade: {
                matrixRoomId: string;
                reason: string | null;
            } | null;
            /** @enum {string} */
            visibility: "public" | "private" | "microdao";
            /**
             * @description `creating`: its room is being made. `failed`: the homeserver refused to make it.
             * @enum {string}
             */
            status: "creating" | "failed" | "active" | "unlinked" | "archived";
            /** @description For a channel that was created here: why its room was not made, or what it lacks. */
            problem: string | null;
            /** @description Messages of encrypted rooms are mirrored without their text. */
            encrypted: boolean;
            avatarUrl: string | null;
            canonicalAlias: string | null;
            joinRule: string | null;
            historyVisibility: string | null;
            roomVersion: string | null;
            roomType: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            unlinkedAt: string | null;
        };
        ChannelChange: {
            name?: string;
            topic?: string;
            /**
             * @description Who may join: anybody, those who are invited, or whoever is in the microDAO's space (by invitation where it has none).
             * @enum {string}
             */
            visibility?: "public" | "private" | "microdao";
        };
        ChannelDetail: {
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @description Its name within the microDAO. */
            slug: string;
            name: string;
            topic: string | null;
            microdao: {
                /**
                 * @description The microDAO.
                 * @example md_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                externalId: string;
            };
            teamId: string | null;
            /** @description The room that the channel mirrors now; null while it is being made. */
            matrixRoomId: string | null;
            /** @description The room that it mirrored before, when that was upgraded. Its messages are here, too. */
            previousMatrixRoomId: string | null;
            /** @description The room was replaced by one that the bot is not in yet: invite it there. `reason`: the homeserver's. */
            upgrade: {
                matrixRoomId: string;
                reason: string | null;
            } | null;
            /** @enum {string} */
            visibility: "public" | "private" | "microdao";
            /**
             * @description `creating`: its room is being made. `failed`: the homeserver refused to make it.
             * @enum {string}
             */
            status: "creating" | "failed" | "active" | "unlinked" | "archived";
            /** @description For a channel that was created here: why its room was not made, or what it lacks. */
            problem: string | null;
            /** @description Messages of encrypted rooms are mirrored without their text. */
            encrypted: boolean;
            avatarUrl: string | null;
            canonicalAlias: string | null;
            joinRule: string | null;
            historyVisibility: string | null;
            roomVersion: string | null;
            roomType: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            unlinkedAt: string | null;
            completeness: components["schemas"]["Completeness"] | null;
        };
        ChannelPage: {
            items: components["schemas"]["Channel"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        ClaimedRuns: {
            items: components["schemas"]["Trigger"][];
        };
        Completeness: {
            /**
             * @description `complete`: nothing was missing up to `provenTo` when it was last compared with the homeserver; `reading`: the history is being read back; `checking`: it is being compared; `unproven`: it never was; `stopped`: that did not work.
             * @enum {string}
             */
            status: "complete" | "reading" | "checking" | "unproven" | "stopped";
            /** @description Whether the history has been read to its beginning. */
            historyRead: boolean;
            /** @description When the newest event was sent up to which nothing is missing. */
            provenTo: string | null;
            /** @description Stretches in which events may be missing. */
            openGaps: number;
            /** @description When it was last compared to the end. */
            checkedAt: string | null;
            /** @description When state and members were last compared. */
            stateCheckedAt: string | null;
            /** @description Events that were never pushed and that comparing found. */
            found: number;
        };
        Delivery: {
            /**
             * @description `queued` stored here; `sending` on the way; `sent` taken by the homeserver; `confirmed` come back from the room and mirrored; `failed` refused for good, `error` says why.
             * @enum {string}
             */
            state: "queued" | "sending" | "sent" | "confirmed" | "failed";
            /** @description How often the homeserver was asked. */
            attempts: number;
            /** @description Why it failed, or why the last attempt did. */
            error: {
                code: string;
                detail: string | null;
            } | null;
            sentAt: string | null;
            confirmedAt: string | null;
        };
        Erasure: {
            /** @description Null when nobody has met this person. */
            userId: string | null;
            /** @description Null when it was only counted. */
            erasedAt: string | null;
            found: components["schemas"]["PersonCounts"];
            left: components["schemas"]["PersonCounts"];
            /** @description Events that could not be processed: dropped, or only counted. */
            deadLetters: number;
        };
        FailedRun: {
            /** @enum {string} */
            status: "queued" | "failed";
        };
        Followup: {
            /**
             * @description The follow-up.
             * @example f_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @enum {string} */
            status: "open" | "resolved";
            /** @description What is to be done; mostly empty. */
            note: string;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            message: {
                /**
                 * @description The message to come back to.
                 * @example m_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                eventId: string;
                kind: string;
                /** @description Empty for a message without words, and for a key without `chat.message.read`. */
                preview: string;
                senderMatrixId: string | null;
            };
            /** @description Who is to see to it. */
            assignee: {
                /** @enum {string} */
                kind: "user" | "agent";
                id: string;
                matrixId: string | null;
            } | null;
            createdBy: {
                /** @enum {string} */
                kind: "user" | "agent" | "service" | "embassy";
                /** @description `u_…`, `ag_…`, or the name of a program. */
                id: string;
            };
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            updatedAt: string;
            resolvedBy: {
                /** @enum {string} */
                kind: "user" | "agent" | "service" | "embassy";
                /** @description `u_…`, `ag_…`, or the name of a program. */
                id: string;
            } | null;
            resolvedAt: string | null;
        };
        FollowupPage: {
            items: components["schemas"]["Followup"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        FoundMessage: {
            /** @description The preview as HTML, safe to put into a page, with the words of the query in `<mark>`. */
            snippet: string;
            message: components["schemas"]["Message"];
        };
        FoundMessagePage: {
            items: components["schemas"]["FoundMessage"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Freeze: {
            frozen: boolean;
            reason: string | null;
            /** @description Who did it: `u_…`, `ag_…` or a program's name. */
            frozenBy: string | null;
            since: string | null;
        };
        /** @description Every space is followed by what is in it, in the space's order. */
        Hierarchy: {
            items: {
                /** @description The Matrix room or space. */
                roomId: string;
                /** @description The space that it is in. */
                parentId: string;
                /** @description 1 in the microDAO's own space, one more in each space within it. */
                depth: number;
                /**
                 * @description `waiting`: the bot may not join it yet; shown to those who manage channels.
                 * @enum {string}
                 */
                kind: "channel" | "space" | "waiting";
                /** @description `c_…` of a channel. */
                channelId: string | null;
                name: string | null;
                /** @description Whether the space's admins recommend it. */
                suggested: boolean;
                order: string | null;
                /** @description Why it is no channel yet. */
                waiting: string | null;
            }[];
        };
        KnockAnswer: {
            matrixId: string;
            /** @enum {string} */
            answer: "accept" | "deny";
        };
        LanguageModel: {
            /**
             * @description What agents call it.
             * @example big
             */
            name: string;
            /** @example https://api.example.org/v1 */
            baseUrl: string;
            /** @description What its provider calls it. */
            providerModel: string;
            /** @description The key itself is shown to nobody. */
            hasKey: boolean;
            /** @description US dollars for a million tokens that it reads and writes. */
            prices: {
                input: number | null;
                output: number | null;
            };
            isDefault: boolean;
        };
        LanguageModelWish: {
            /** @description An OpenAI-compatible endpoint, up to and with the version. */
            baseUrl: string;
            /** @description Absent: the same name. */
            providerModel?: string;
            /** @description Kept encrypted. Absent: the one that is kept stays, as long as `baseUrl` does. Null: there is none any more. */
            apiKey?: string | null;
            prices?: {
                input?: number | null;
                output?: number | null;
            };
            /**
             * @description Agents mean this one whose model is `default`.
             * @default false
             */
            isDefault?: boolean;
        };
        LanguageModels: {
            items: components["schemas"]["LanguageModel"][];
        };
        Lease: {
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            leaseEndsAt: string;
        };
        LeaseRenewal: {
            /** @description As it came with the claim or the webhook. */
            leaseToken: string;
            /**
             * @description For how many milliseconds the run is held.
             * @default 60000
             */
            leaseMs?: number;
        };
        Media: {
            /**
             * @example image
             * @example video
             * @example file
             */
            kind: string;
            /** @description Gives the file without an access key, for about an hour and as long as the key that asked is good. Relative to this server. Null when the file is nowhere or encrypted: its keys stay in Matrix. */
            url: string | null;
            /** @description The same, 320 pixels wide or high at most. */
            thumbnailUrl: string | null;
            filename: string | null;
            /** @description What the sender says, as the rest. */
            mimetype: string | null;
            /** @description Bytes. */
            size: number | null;
            width: number | null;
            height: number | null;
            durationMs: number | null;
            encrypted: boolean;
        };
        Member: {
            /** @enum {string} */
            kind: "user" | "agent";
            /** @description `u_…` or `ag_…`. */
            id: string;
            /**
             * @example user:93
             * @example agent:sofia
             */
            externalId: string;
            matrixId: string | null;
            displayName: string | null;
            avatarUrl: string | null;
            /** @enum {string} */
            role: "owner" | "admin" | "member" | "guest" | "agent";
            /** @enum {string} */
            membership: "invite" | "join" | "leave" | "ban" | "knock";
            joinedAt: string | null;
            leftAt: string | null;
        };
        MemberPage: {
            items: components["schemas"]["Member"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Message: {
            /**
             * @description The message; the same before and after it came back from the room.
             * @example m_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @description Its Matrix event, once there is one. */
            eventId: string | null;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            sender: {
                /** @enum {string} */
                kind: "user" | "agent";
                /** @description `u_…` or `ag_…`. */
                id: string;
                matrixId: string | null;
                displayName: string | null;
            };
            /**
             * @description What it is.
             * @example text
             * @example image
             * @example encrypted
             * @example redacted
             */
            kind: string;
            /** @description Plain text, at most 280 characters. The full text stays in Matrix. */
            preview: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            editedAt: string | null;
            redactedAt: string | null;
            replyTo: components["schemas"]["MessageReference"] | null;
            threadRoot: components["schemas"]["MessageReference"] | null;
            /** @description How many people and agents reacted with each key, most first. */
            reactions: {
                key: string;
                count: number;
            }[];
            /** @description Its files: one, several in a gallery, mostly none. */
            media: components["schemas"]["Media"][];
            /** @description What a poll has come to; null for what is no poll. */
            poll: components["schemas"]["Poll"] | null;
            metadata: {
                [key: string]: unknown;
            } | null;
        };
        /** @description Exactly one of `text` and `markdown`. */
        MessageEdit: {
            /** @description Plain text, sent as it is. */
            text?: string;
            /** @description Markdown (CommonMark), sent with its HTML. */
            markdown?: string;
            /** @description The run that this is said for. Refused when it is not held any more. */
            runId?: string;
            /** @description As it came with the claim or the webhook. */
            leaseToken?: string;
        } & (unknown | unknown);
        MessagePage: {
            items: components["schemas"]["Message"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        MessageReference: {
            /** @description `m_…`, if the message is mirrored. */
            id: string | null;
            eventId: string;
        };
        MessageStream: {
            /**
             * @description The message.
             * @example m_01h4vjdvzefw18zfwz5dxw5y8g
             */
            messageId: string;
            /** @enum {string} */
            state: "open" | "complete" | "failed" | "cancelled";
            /** @description The last piece that was taken. */
            seq: number;
            /** @description `m_…` of the messages that it takes: more than one when the text was too long and has ended. */
            parts: string[];
        };
        MessageVersion: {
            /** @description The message's own event, or the edit's. */
            eventId: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            at: string;
            kind: string;
            preview: string;
            /** @description Whether it is shown now. */
            current: boolean;
        };
        MessageVersionPage: {
            items: components["schemas"]["MessageVersion"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Microdao: {
            /**
             * @description The microDAO.
             * @example md_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @example microdao:7 */
            externalId: string;
            name: string;
            /** @enum {string} */
            plan: "Freemium" | "Casual" | "Premium" | "Platformium";
            owner: {
                /**
                 * @description The user who answers for it.
                 * @example u_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                matrixId: string | null;
            };
            /** @description Its Matrix space; null while there is none. */
            matrixSpaceId: string | null;
            /** @description Why its space could not be made. */
            problem: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
        };
        MicrodaoChange: {
            name: string;
        };
        MicrodaoMember: {
            /**
             * @description The user.
             * @example u_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @example user:93 */
            externalId: string;
            matrixId: string | null;
            displayName: string | null;
            /** @enum {string} */
            role: "owner" | "admin" | "member" | "guest";
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            since: string;
        };
        MicrodaoMemberPage: {
            items: components["schemas"]["MicrodaoMember"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        MicrodaoPage: {
            items: components["schemas"]["Microdao"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        MicrodaoRoleChange: {
            /** @enum {string} */
            role: "owner" | "admin" | "member" | "guest";
        };
        MicrodaoRoleChanged: {
            matrixId: string | null;
            /** @description Null: no member any more. */
            role: ("owner" | "admin" | "member" | "guest") | null;
            /** @description Null: was no member. */
            before: ("owner" | "admin" | "member" | "guest") | null;
            /** @description Rooms whose power levels follow. */
            rooms: number;
            /** @description Rooms of the person in which the bot may not change power levels. */
            beyondBot: number;
            /** @description Whether power in the microDAO's space is to follow. What the bot lacks for it is then the microDAO's `problem`. */
            space: boolean;
        };
        NewAccessKey: {
            /** @description What people call the key. */
            name: string;
            subject: {
                /** @enum {string} */
                kind: "user" | "agent" | "integration" | "embassy";
                /** @description `user:93`, `agent:sofia`, a program's name, `emb_…`. */
                id: string;
            };
            /**
             * @description Codes, such as `chat.message.send`.
             * @default []
             */
            capabilities?: string[];
            /**
             * @description Names, such as `bundle.role.Member`.
             * @default []
             */
            bundles?: string[];
            /** @description What the key is bound to. Only whoever operates the bridge may leave it out. */
            microdao?: string;
            /** @description `t_…`: bound to this team of the microDAO. */
            team?: string;
            /**
             * Format: date-time
             * @description Never, if left out.
             */
            expiresAt?: string;
        };
        NewAgent: {
            /** @description What follows `agent:` in its id, for ever; its Matrix user is called after it. */
            code: string;
            /** @description What people call it; the code if left out. */
            name?: string;
            /**
             * @default assistant
             * @enum {string}
             */
            kind?: "system" | "assistant" | "node" | "quest";
            /**
             * @description Asked for, or active at once, which takes `agent.manage`.
             * @default requested
             * @enum {string}
             */
            status?: "requested" | "active";
            /** @description Where it works: `microdao:7` or `md_…`. Left out by operators, whose agents may work everywhere. */
            microdao?: string;
            team?: string;
            /** @description Who answers for it, a member of the microDAO; the person that the key belongs to if left out. */
            owner?: string;
            /** @description The code or id of its blueprint. */
            blueprint: string;
            avatarUrl?: string;
            config?: {
                /** @description What it is told before anything else. */
                systemPrompt?: string;
                /** @description The language model that it asks. */
                model?: string;
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /** @description What for. */
            reason?: string;
            /** @description Where the request is told; the microDAO's lobby or first channel if left out. */
            channel?: string;
        };
        NewAgentSchedule: {
            /**
             * @description Five fields: minute, hour, day, month, weekday.
             * @example 0 9 * * 1-5
             */
            cron: string;
            /**
             * @default UTC
             * @example Europe/Kyiv
             */
            timeZone?: string;
            /** @description What the agent is asked. */
            prompt: string;
        };
        NewAgentWebhook: {
            /**
             * @description Where to send to.
             * @example https://agents.example.org/hooks/sofia
             */
            url: string;
            /**
             * @description Requests under way at once.
             * @default 4
             */
            concurrency?: number;
            /**
             * @description How long one request may take.
             * @default 10000
             */
            timeoutMs?: number;
            /**
             * @description How long it has for the answer after it took a delivery; renew for more.
             * @default 300000
             */
            answerMs?: number;
            /**
             * @description For how long a delivery is tried.
             * @default 86400000
             */
            giveUpAfterMs?: number;
        };
        NewBatchMessage: {
            /** @description Plain text, sent as it is. */
            text?: string;
            /** @description Markdown (CommonMark), sent with its HTML. */
            markdown?: string;
            /** @description The message that this answers: `m_…` or a `$event` id. */
            replyTo?: string;
            /** @description A message of the thread that this belongs to. */
            threadRoot?: string;
            /**
             * @description `m.text` if left out.
             * @enum {string}
             */
            msgtype?: "m.text" | "m.notice" | "m.emote";
            /**
             * @description What becomes of a text that one Matrix event does not hold (64 KiB with its HTML): several messages in a row, a file with the beginning as its caption, or 413. `refuse` if left out. A text of more than five parts is a file.
             * @enum {string}
             */
            overflow?: "split" | "attach" | "refuse";
            /** @description A file that was uploaded; the text is its caption and may be left out. */
            attachment?: components["schemas"]["Attachment"];
            /** @description As the header `Idempotency-Key`, for this one. */
            idempotencyKey?: string;
        } | unknown | unknown | unknown;
        NewBlueprint: {
            code: string;
            description?: string;
            model: string;
            /** @description What it is told before anything else. */
            systemPrompt?: string;
            config?: {
                temperature?: number;
                /** @description The tools that it may use, each with its capability. */
                tools?: string[];
                /** @description The most tokens of one answer. */
                maxTokens?: number;
                /** @description How many questions it answers at one time. */
                concurrency?: number;
                /**
                 * @description Whether the bridge runs it, or a program of its owner's.
                 * @enum {string}
                 */
                runtime?: "builtin" | "external";
                /** @description Whether it answers other agents, where a channel's settings do not say. */
                answersAgents?: boolean;
            };
            /** @description Whose it is: `microdao:7` or `md_…`. Left out by operators, whose blueprints are everybody's. */
            microdao?: string;
        };
        NewChannel: {
            /** @description The microDAO that it belongs to: `microdao:7` or `md_…`. */
            microdao: string;
            name: string;
            /** @description Its name in addresses; made of `name` if left out. */
            slug?: string;
            topic?: string;
            /**
             * @description Who may join: anybody, those who are invited, or whoever is in the microDAO's space (by invitation where it has none).
             * @default microdao
             * @enum {string}
             */
            visibility?: "public" | "private" | "microdao";
            /**
             * @description People (`@alice:example.org`) and agents (`agent:sofia`) to invite, besides the creator.
             * @default []
             */
            members?: string[];
            /** @description The version of the Matrix room; the homeserver's default if left out. */
            roomVersion?: string;
        };
        NewFreeze: {
            reason: string;
        };
        /** @description One of `text` and `markdown`, or an `attachment` with or without one of them. */
        NewMessage: {
            /** @description Plain text, sent as it is. */
            text?: string;
            /** @description Markdown (CommonMark), sent with its HTML. */
            markdown?: string;
            /** @description The message that this answers: `m_…` or a `$event` id. */
            replyTo?: string;
            /** @description A message of the thread that this belongs to. */
            threadRoot?: string;
            /**
             * @description `m.text` if left out.
             * @enum {string}
             */
            msgtype?: "m.text" | "m.notice" | "m.emote";
            /**
             * @description What becomes of a text that one Matrix event does not hold (64 KiB with its HTML): several messages in a row, a file with the beginning as its caption, or 413. `refuse` if left out. A text of more than five parts is a file.
             * @enum {string}
             */
            overflow?: "split" | "attach" | "refuse";
            /** @description A file that was uploaded; the text is its caption and may be left out. */
            attachment?: components["schemas"]["Attachment"];
            /**
             * @description Begin a message that grows: go on with `PATCH /v1/messages/{id}/stream`.
             * @constant
             */
            stream?: true;
            /** @description The run that this is said for. Refused when it is not held any more. */
            runId?: string;
            /** @description As it came with the claim or the webhook. */
            leaseToken?: string;
        } | unknown | unknown | unknown;
        /** @description In the order in which they are to be said. */
        NewMessages: {
            messages: components["schemas"]["NewBatchMessage"][];
        };
        NewMicrodao: {
            name: string;
            topic?: string;
            /**
             * @description Whether anybody may enter its space, or those who are invited.
             * @default private
             * @enum {string}
             */
            visibility?: "public" | "private";
            /** @description Who owns it; the person that the key belongs to if left out. */
            owner?: string;
            /** @description The version of the Matrix room; the homeserver's default if left out. */
            roomVersion?: string;
        };
        NewRun: {
            /** @description The channel to answer in, `c_…`. */
            channel: string;
            /** @description What the agent is asked. It is kept with the run. */
            prompt: string;
            /**
             * Format: starts_with
             * @description The Matrix event of the thread to answer in.
             */
            threadRoot?: string;
        };
        /** @description Rows that hold something a person said or is called, or what agents hold because of it. */
        PersonCounts: {
            messages: number;
            edits: number;
            reactions: number;
            votes: number;
            memberEvents: number;
            channelMembers: number;
            profiles: number;
            /** @description What agents remember because of something this person asked or said. */
            memories: number;
            /** @description Runs with a prompt of theirs, or with a sentence about why it failed. */
            runs: number;
            /** @description Calls of tools in such runs. */
            toolCalls: number;
            /** @description Schedules of agents that they made. */
            schedules: number;
        };
        Poll: {
            /** @description Plain text, at most 280 characters. */
            question: string;
            /** @description Whether votes are shown before the end. */
            disclosed: boolean;
            /** @description How many answers one may choose. */
            maxSelections: number;
            ended: boolean;
            endedAt: string | null;
            /** @description How many votes count. Null while they are secret. */
            voters: number | null;
            answers: {
                id: string;
                /** @description Plain text, at most 100 characters. */
                text: string;
                /** @description Null while votes are secret. */
                votes: number | null;
            }[];
        };
        PostedMessage: {
            /**
             * @description The message; the same before and after it came back from the room.
             * @example m_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @description Its Matrix event, once there is one. */
            eventId: string | null;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            sender: {
                /** @enum {string} */
                kind: "user" | "agent";
                /** @description `u_…` or `ag_…`. */
                id: string;
                matrixId: string | null;
                displayName: string | null;
            };
            /**
             * @description What it is.
             * @example text
             * @example image
             * @example encrypted
             * @example redacted
             */
            kind: string;
            /** @description Plain text, at most 280 characters. The full text stays in Matrix. */
            preview: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            editedAt: string | null;
            redactedAt: string | null;
            replyTo: components["schemas"]["MessageReference"] | null;
            threadRoot: components["schemas"]["MessageReference"] | null;
            /** @description How many people and agents reacted with each key, most first. */
            reactions: {
                key: string;
                count: number;
            }[];
            /** @description Its files: one, several in a gallery, mostly none. */
            media: components["schemas"]["Media"][];
            /** @description What a poll has come to; null for what is no poll. */
            poll: components["schemas"]["Poll"] | null;
            metadata: {
                [key: string]: unknown;
            } | null;
            /** @description A message that was not posted here is `confirmed`. */
            delivery: components["schemas"]["Delivery"];
            /** @description Of a text that was split: `m_…` of the messages that it takes, in order, this one first. */
            parts?: string[];
        };
        PostedMessages: {
            items: {
                /**
                 * @description The message. `GET /v1/messages/{id}` says how far it is.
                 * @example m_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                /** @description `m_…` of the messages that it takes, this one first. */
                parts: string[];
                /** @enum {string} */
                state: "queued" | "sending" | "sent" | "confirmed" | "failed";
                /** @description Whether it had been posted before under its key. */
                repeated: boolean;
            }[];
        };
        Problem: {
            /** @description `urn:microdao:problem:` and the code. */
            type: string;
            /** @description The name of the status. */
            title: string;
            status: number;
            /** @description One sentence for people. */
            detail: string;
            /** @description Stable, for programs. */
            code: string;
            /**
             * @description Which part of the decision refused, with 403 and 429.
             * @enum {string}
             */
            clause?: "role" | "plan" | "capability" | "membership" | "mode" | "quota" | "suspended";
            /** @description The pointer of the first of `errors`. */
            pointer?: string;
            errors?: {
                /** @enum {string} */
                in: "body" | "query" | "path" | "header";
                /** @description JSON Pointer (RFC 6901) within that part. */
                pointer: string;
                code: string;
                detail: string;
            }[];
            /** @description As in the header `x-request-id` and in the log. */
            requestId: string;
        };
        Quotas: {
            quotas: {
                /** @enum {string} */
                what: "messages" | "runs" | "tokens" | "money";
                /** @enum {string} */
                period: "minute" | "hour" | "day";
                /** @description At most so much; null is without limit. */
                amount: number | null;
            }[];
        };
        Reaction: {
            eventId: string;
            /** @example 👍 */
            key: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            at: string;
            sender: {
                /** @enum {string} */
                kind: "user" | "agent";
                /** @description `u_…` or `ag_…`. */
                id: string;
                matrixId: string | null;
                displayName: string | null;
            };
        };
        ReactionPage: {
            items: components["schemas"]["Reaction"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        Readiness: {
            ready: boolean;
            parts: {
                name: string;
                ready: boolean;
                detail?: string;
            }[];
        };
        Retention: {
            /** @description For how many days what is said is kept; null without limit. */
            days: number | null;
            /** @description What the room's own `m.room.retention` asks for, in days. The shorter one counts. */
            roomDays: number | null;
            /** @description What was said, asked and remembered before has been removed. */
            keptFrom: string | null;
        };
        RetriedDelivery: {
            /**
             * @description The new run.
             * @example run_01h4vjdvzefw18zfwz5dxw5y8g
             */
            runId: string;
        };
        RoleChange: {
            /**
             * @description Power level 100, 50 or 0 in the room; more than that counts the same.
             * @enum {string}
             */
            role: "owner" | "admin" | "member";
        };
        RoleChanged: {
            matrixId: string;
            /** @enum {string} */
            role: "owner" | "admin" | "member";
        };
        Run: {
            /**
             * @description The run.
             * @example run_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /**
             * @description The agent.
             * @example ag_01h4vjdvzefw18zfwz5dxw5y8g
             */
            agentId: string;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            /** @description The session that it belongs to; null before it is begun. */
            sessionId: string | null;
            trigger: {
                /** @enum {string} */
                kind: "mention" | "reply" | "direct" | "command" | "keyword" | "schedule" | "reaction" | "api";
                /** @description The Matrix event that is answered. */
                eventId: string | null;
                /** @description The Matrix id of whoever asks. */
                asker: string | null;
            };
            /** @enum {string} */
            status: "queued" | "started" | "completed" | "failed" | "cancelled";
            /** @enum {string} */
            runtime: "builtin" | "external";
            model: string | null;
            attempts: number;
            /** @description How many runs of agents led to this one. */
            hop: number;
            /** @description What the chain of runs began with. */
            causationId: string | null;
            /** @description The message that it answered with. */
            answerMessageId: string | null;
            usage: {
                inputTokens: number | null;
                outputTokens: number | null;
                /** @description US dollars, as an exact decimal. */
                costUsd: string | null;
            };
            /** @description Why it failed, was cancelled, or is tried again. */
            error: {
                code: string;
                sentence: string | null;
            } | null;
            cancelledBy: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
        };
        RunClaim: {
            /**
             * @description How many runs at most.
             * @default 1
             */
            limit?: number;
            /**
             * @description For how many milliseconds the run is held.
             * @default 60000
             */
            leaseMs?: number;
            /**
             * @description How many milliseconds to wait when there is nothing.
             * @default 0
             */
            waitMs?: number;
            /**
             * @description Who claims, for people who look.
             * @default program
             */
            worker?: string;
        };
        RunCompletion: {
            /** @description As it came with the claim or the webhook. */
            leaseToken: string;
            /** @description The message that answers. */
            messageId?: string;
            /**
             * @description What the model used.
             * @default {
             *       "inputTokens": 0,
             *       "outputTokens": 0
             *     }
             */
            usage?: {
                /** @default 0 */
                inputTokens?: number;
                /** @default 0 */
                outputTokens?: number;
                /** @description US dollars. */
                costUsd?: number;
            };
        };
        RunContext: {
            items: components["schemas"]["Message"][];
        };
        RunFailure: {
            /** @description As it came with the claim or the webhook. */
            leaseToken: string;
            /**
             * @description For programs and statistics.
             * @default program_failed
             */
            code?: string;
            /**
             * @description For people: the room is told when the run has failed for good.
             * @default The program that answers for me had an error, so I could not answer this.
             */
            sentence?: string;
            /**
             * @description Whether it is worth trying again.
             * @default false
             */
            retry?: boolean;
        };
        RunPage: {
            items: components["schemas"]["Run"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
        RunRelease: {
            /** @description As it came with the claim or the webhook. */
            leaseToken: string;
        };
        Send: {
            /**
             * @description The sending itself.
             * @example snd_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @enum {string} */
            kind: "message" | "edit" | "reaction" | "reaction_removal" | "redaction";
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            /**
             * @description The message that it is, or that it changes.
             * @example m_01h4vjdvzefw18zfwz5dxw5y8g
             */
            messageId: string;
            /** @description Its own Matrix event, once there is one. */
            eventId: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            delivery: components["schemas"]["Delivery"];
        };
        /** @description An empty one keeps the stream alive. */
        StreamPiece: {
            /** @description What comes after the text so far. */
            append?: string;
            /** @description The whole text so far, instead. */
            text?: string;
            /**
             * @description This was all.
             * @constant
             */
            done?: true;
            /** @description It ends here though it is not whole; people are told this sentence. */
            failed?: string;
            /**
             * @description It ends here because somebody wanted so.
             * @constant
             */
            cancelled?: true;
            /** @description The number of the piece, from 1: the same piece is taken once, however often it is sent. */
            seq?: number;
            /** @description Of the run that the message was begun for: without holding it nobody goes on with the message. */
            leaseToken?: string;
        };
        TrackedMessage: {
            /**
             * @description The message; the same before and after it came back from the room.
             * @example m_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /** @description Its Matrix event, once there is one. */
            eventId: string | null;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            sender: {
                /** @enum {string} */
                kind: "user" | "agent";
                /** @description `u_…` or `ag_…`. */
                id: string;
                matrixId: string | null;
                displayName: string | null;
            };
            /**
             * @description What it is.
             * @example text
             * @example image
             * @example encrypted
             * @example redacted
             */
            kind: string;
            /** @description Plain text, at most 280 characters. The full text stays in Matrix. */
            preview: string;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            editedAt: string | null;
            redactedAt: string | null;
            replyTo: components["schemas"]["MessageReference"] | null;
            threadRoot: components["schemas"]["MessageReference"] | null;
            /** @description How many people and agents reacted with each key, most first. */
            reactions: {
                key: string;
                count: number;
            }[];
            /** @description Its files: one, several in a gallery, mostly none. */
            media: components["schemas"]["Media"][];
            /** @description What a poll has come to; null for what is no poll. */
            poll: components["schemas"]["Poll"] | null;
            metadata: {
                [key: string]: unknown;
            } | null;
            /** @description A message that was not posted here is `confirmed`. */
            delivery: components["schemas"]["Delivery"];
        };
        Trigger: {
            /**
             * @description The run.
             * @example run_01h4vjdvzefw18zfwz5dxw5y8g
             */
            runId: string;
            /** @description How often the run was taken up, this time included. */
            attempt: number;
            /** @description To be sent along with whatever is done about the run. */
            leaseToken: string;
            /**
             * Format: date-time
             * @description Then somebody else may take the run, unless it is renewed.
             * @example 2026-11-21T09:30:00.000Z
             */
            leaseEndsAt: string;
            /** @enum {string} */
            kind: "mention" | "reply" | "direct" | "command" | "keyword" | "schedule" | "reaction" | "api";
            /** @description The Matrix event that asks. */
            eventId: string | null;
            /** @description The Matrix event that its thread began with. */
            threadRoot: string | null;
            /**
             * @description The channel.
             * @example c_01h4vjdvzefw18zfwz5dxw5y8g
             */
            channelId: string;
            /** @description Its Matrix room. */
            roomId: string;
            /**
             * @description The microDAO.
             * @example md_01h4vjdvzefw18zfwz5dxw5y8g
             */
            microdaoId: string;
            teamId: string | null;
            agent: {
                /**
                 * @description The agent.
                 * @example ag_01h4vjdvzefw18zfwz5dxw5y8g
                 */
                id: string;
                name: string;
                matrixId: string;
            };
            /** @description Null when nobody waits for an answer. */
            asker: {
                matrixId: string;
                name: string | null;
            } | null;
            /** @description What was asked, as plain text, read from the room at this moment. */
            question: string | null;
            /** @description Post with these, `runId` and `leaseToken`. */
            answer: {
                /** @description Where to post the answer. */
                path: string;
                replyTo: string | null;
                threadRoot: string | null;
            };
            /** @description The messages before the question. */
            contextPath: string;
        };
        Typing: {
            typing: boolean;
            /**
             * @description After how many milliseconds it ends by itself.
             * @default 30000
             */
            timeoutMs?: number;
        };
        UploadedMedia: {
            /** @description Where it is: post a message with it as `attachment.mxcUri`. */
            mxcUri: string;
            /** @description By its first bytes; what the request says counts only for texts. */
            mimetype: string;
            /** @description Bytes. */
            size: number;
            width: number | null;
            height: number | null;
        };
        Usage: {
            items: {
                /**
                 * @description `tokens` of language models, `money` in US dollars.
                 * @enum {string}
                 */
                what: "messages" | "runs" | "tokens" | "money";
                /** @description In the minute, hour and day of now, in UTC. */
                used: {
                    minute: number;
                    hour: number;
                    day: number;
                };
                /** @description Null is without limit. */
                limits: {
                    minute: number | null;
                    hour: number | null;
                    day: number | null;
                };
            }[];
        };
        WebhookDelivery: {
            /**
             * @description The delivery: `webhook-id` in every try.
             * @example dlv_01h4vjdvzefw18zfwz5dxw5y8g
             */
            id: string;
            /**
             * @description The run.
             * @example run_01h4vjdvzefw18zfwz5dxw5y8g
             */
            runId: string;
            /**
             * @description `dead`: given up. `retried`: given up, and asked again. `dropped`: the run was cancelled, withdrawn, or taken up by somebody else.
             * @enum {string}
             */
            state: "queued" | "sending" | "delivered" | "dead" | "retried" | "dropped";
            attempts: number;
            nextAttemptAt: string | null;
            /** @description The status of the last answer. */
            lastStatus: number | null;
            /** @description Why the last try did not work. */
            lastError: string | null;
            /**
             * Format: date-time
             * @example 2026-11-21T09:30:00.000Z
             */
            createdAt: string;
            finishedAt: string | null;
        };
        WebhookDeliveryPage: {
            items: components["schemas"]["WebhookDelivery"][];
            /** @description Null on the last page. */
            nextCursor: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    listChannels: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only channels of this microDAO: `microdao:7` or `md_…`. */
                microdao?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createChannel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is done once. Remembered for ever, per subject. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChannel"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChannelMembers: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Members with this membership; `any` for everybody who is or was anything to the channel. */
                membership?: "invite" | "join" | "leave" | "ban" | "knock" | "any";
            };
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChannelRetention: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setChannelRetention: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description For how many days what is said is kept; null without limit. */
                    days: number | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erasePerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @example @bob:example.org */
                    matrixId: string;
                    /**
                     * @description Only count.
                     * @default false
                     */
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFollowups: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only of this channel: `c_…`. */
                channel?: string;
                status?: "open" | "resolved" | "any";
                /** @description Only what this person or agent is to see to: `u_…` or `ag_…`. */
                assignee?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowupPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createFollowup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What is to be done, at most 500 characters. */
                    note?: string;
                    /** @description Who is to see to it: `u_…`, `ag_…` or `@user:server` of somebody in the channel. */
                    assignee?: string;
                };
            };
        };
        responses: {
            /** @description The message is one already; it stays as it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createChannelFollowup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A message of the channel: `m_…`, or its `$event` id. */
                    message: string;
                    /** @description What is to be done, at most 500 characters. */
                    note?: string;
                    /** @description Who is to see to it: `u_…`, `ag_…` or `@user:server` of somebody in the channel. */
                    assignee?: string;
                };
            };
        };
        responses: {
            /** @description The message is one already; it stays as it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFollowup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                followupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeFollowup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                followupId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    status?: "open" | "resolved";
                    /** @description What is to be done, at most 500 characters. */
                    note?: string;
                    /** @description Null: nobody in particular. */
                    assignee?: string | null;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Followup"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChannelFreeze: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    freezeChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFreeze"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unfreezeChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMicrodaoFreeze: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    freezeMicrodao: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFreeze"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unfreezeMicrodao: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Freeze"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description `md_…` or `microdao:7`. What the key is bound to, if left out; everything, for an operator's key. */
                microdao?: string;
                /** @description Who acted: `u_…`, `ag_…` or a program's name. */
                actor?: string;
                /** @description What was done, `access_key.revoked`. */
                action?: string;
                /** @description What it was done to, `channel`. */
                resourceKind?: string;
                /** @description Which one, `c_…`. */
                resource?: string;
                /** @description Not before this moment. */
                since?: string;
                /** @description Before this moment. */
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description `md_…` or `microdao:7`. What the key in use is bound to, if left out; all, for an operator's key. */
                microdao?: string;
                /** @description Only keys of this subject, `agent:sofia`. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request give the key that the first one made, without its secret: that is shown once and kept nowhere. Whose first answer was lost rotates the key. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccessKey"];
            };
        };
        responses: {
            /** @description A repeated request: the key is there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyWithToken"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyWithToken"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ak_…`, without the secret. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKey"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ak_…`, without the secret. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKey"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ak_…`, without the secret. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyWithToken"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capabilities"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBundles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bundles"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgentUsage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…` or `agent:sofia`. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setAgentQuotas: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…` or `agent:sofia`. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Quotas"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKeyUsage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ak_…`, without the secret. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setKeyQuotas: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ak_…`, without the secret. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Quotas"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptKnock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                /** @description Who knocks: `u_…`, as the list of members has it. */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnockAnswer"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    denyKnock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                /** @description Who knocks: `u_…`, as the list of members has it. */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnockAnswer"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putChannelTyping: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Typing"];
            };
        };
        responses: {
            /** @description Passed on. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackedMessage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redactMessage: {
        parameters: {
            query?: {
                /** @description Why, for the people in the room. */
                reason?: string;
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Send"];
                };
            };
            /** @description There is nothing to do: it is so already. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is carried out once. Remembered for ever, per agent. */
                "idempotency-key"?: string;
            };
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageEdit"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Send"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listThread: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Oldest first, or newest first. */
                order?: "desc" | "asc";
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReplies: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Oldest first, or newest first. */
                order?: "desc" | "asc";
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEdits: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageVersionPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReactions: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReactionPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchMessages: {
        parameters: {
            query: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /**
                 * @description Words, all of which must be there; "a phrase" in quotes; `or` between alternatives; `-word` for what must not be there.
                 * @example budget "next year" -draft
                 */
                q: string;
                /** @description Only in this channel: `c_…`. */
                channel?: string;
                /** @description Only in channels of this microDAO: `microdao:7` or `md_…`. */
                microdao?: string;
                /** @description Only from this sender: `@user:server`, `u_…` or `ag_…`. */
                from?: string;
                /** @description Only what was said before this moment. */
                before?: string;
                /** @description Only what was said at this moment or later. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundMessagePage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                messageId: string;
                /**
                 * @description Mostly an emoji, percent-encoded.
                 * @example 👍
                 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Send"];
                };
            };
            /** @description There is nothing to do: it is so already. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                messageId: string;
                /**
                 * @description Mostly an emoji, percent-encoded.
                 * @example 👍
                 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Send"];
                };
            };
            /** @description There is nothing to do: it is so already. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChannelMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessages"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PostedMessages"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    growMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StreamPiece"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageStream"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sendId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Send"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMicrodaos: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrodaoPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createMicrodao: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is done once. Remembered for ever, per subject. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMicrodao"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Microdao"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMicrodao: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Microdao"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMicrodao: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MicrodaoChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Microdao"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    archiveChannel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeMemberRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                /** @description `u_…` */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleChanged"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHierarchy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hierarchy"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMicrodaoMembers: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrodaoMemberPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setMicrodaoMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
                /** @description `u_…`, or a Matrix id such as `@bob:example.org`. */
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MicrodaoRoleChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrodaoRoleChanged"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeMicrodaoMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
                /** @description `u_…`, or a Matrix id such as `@bob:example.org`. */
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MicrodaoRoleChanged"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LanguageModels"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LanguageModelWish"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LanguageModel"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `md_…` or `microdao:7`. */
                microdaoId: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only agents of this microDAO. */
                microdao?: string;
                status?: "requested" | "active" | "suspended" | "revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is done once. Remembered for ever, per subject. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAgent"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgentChanges: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentChangePage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentEdit"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refuseAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suspendAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activateAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `ag_…`, `agent:sofia` or its Matrix id. */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentDecision"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBlueprints: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlueprintPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createBlueprint: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is done once. Remembered for ever, per subject. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBlueprint"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Blueprint"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlueprint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `abp_…` or its code. */
                blueprintId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Blueprint"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editBlueprint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `abp_…` or its code. */
                blueprintId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BlueprintEdit"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Blueprint"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgentChannelSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentChannelSettings"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setAgentChannelSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentChannelSettingsInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentChannelSettings"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAgentChannelSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing is set. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAgentSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
                scheduleId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgentSchedules: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AgentSchedule"][];
                    };
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAgentSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channelId: string;
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAgentSchedule"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSchedule"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key asks once. */
                "idempotency-key"?: string;
            };
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRun"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only of this channel, `c_…`. */
                channel?: string;
                /** @description Only of this agent, `ag_…`. */
                agent?: string;
                status?: "queued" | "started" | "completed" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgentSessions: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                channel?: string;
            };
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openStream: {
        parameters: {
            query?: {
                /** @description Only this channel, `c_…`. May be repeated. */
                channel?: string | string[];
                /** @description Only this topic of docs/events.md, or `typing`, `receipt`, `presence`; `chat.*` for all that begin so. May be repeated. */
                topic?: string | string[];
                /** @description As the header `Last-Event-ID`, for clients that cannot set it. The header counts if there are both. */
                lastEventId?: string;
            };
            header?: {
                /** @description The id of the last event that the client has. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openTriggers: {
        parameters: {
            query?: {
                /** @description As the header `Last-Event-ID`, for clients that cannot set it. */
                lastEventId?: string;
            };
            header?: {
                /** @description The id of the last trigger that the client has. All that waits is told in any case. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    claimRuns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunClaim"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimedRuns"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renewRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeaseRenewal"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lease"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completeRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunCompletion"];
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    failRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunFailure"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailedRun"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunRelease"];
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunContext: {
        parameters: {
            query?: {
                /** @description How many messages at most. */
                limit?: number;
            };
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunContext"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgentWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentWebhook"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putAgentWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAgentWebhook"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentWebhookWithSecret"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentWebhookWithSecret"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAgentWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateAgentWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentWebhookWithSecret"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only deliveries in this state; `dead` are those that were given up. */
                state?: "queued" | "sending" | "delivered" | "dead" | "retried" | "dropped";
            };
            header?: never;
            path: {
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryWebhookDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agentId: string;
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetriedDelivery"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChannelMessages: {
        parameters: {
            query?: {
                /** @description How many items at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Newest first, or oldest first. */
                order?: "desc" | "asc";
            };
            header?: never;
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChannelMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeat the request with the same key as often as needed: it is carried out once. Remembered for ever, per agent. */
                "idempotency-key"?: string;
            };
            path: {
                channelId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
                "application/x-ndjson": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PostedMessage"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMedia: {
        parameters: {
            query?: {
                /** @description Which file of a gallery, from 0. */
                item?: number;
                /** @description Of a thumbnail, in pixels. The homeserver may give another size. */
                width?: number;
                /** @description Of a thumbnail, in pixels. The homeserver may give another size. */
                height?: number;
                method?: "scale" | "crop";
                /** @description Of a signed link, as the other two. */
                key?: string;
                expires?: number;
                signature?: string;
            };
            header?: never;
            path: {
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not there, or not for this key to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the channel or the agent is in the way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The homeserver gave no usable answer. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The homeserver took too long, or does not have the file yet. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadMedia: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadedMedia"];
                };
            };
            /** @description No access key, or one that is not known, revoked or expired. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key may not do this; `code` says which condition fails. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request has faults; `errors` names each. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; `Retry-After` says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The homeserver gave no usable answer. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database is away; nothing was stored. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
