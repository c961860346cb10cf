"""One question: which settings suit a table, answered on its validation rows within a stated number of networks."""
