"""Files of other people's loggers: what is in them is found and shown, asked where it is in doubt, and imported once."""
