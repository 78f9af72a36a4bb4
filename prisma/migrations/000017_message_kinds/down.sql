-- 000017 down: removes the votes of polls and the search of previews; previews and polls stay

DROP TABLE matrix.search_words;
DROP TABLE matrix.search_queue;
DROP TABLE matrix.poll_events;
