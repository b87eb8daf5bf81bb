"""ECHONET Lite over UDP: read ``driver.py`` first, then ``session.py``; everything that decides is pure and tested as tables."""
