-- 000026 down: removes the webhooks of agents and what was to be delivered to them; their runs stay

DROP TABLE agent_webhook_deliveries;
DROP TABLE agent_webhooks;
