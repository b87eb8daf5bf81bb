"""Is a new device what it is taken for? ``look.py`` says what is seen, ``table.py`` lists the checks."""
