"""Files and pages to an index: load, split, embed and store, joined by bounded queues."""
