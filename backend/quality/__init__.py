"""Is this reading true? Fast checks of every reading at intake."""
