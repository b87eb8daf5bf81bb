"""How other processes talk to a running node; for now only those of the same user on the same computer."""
