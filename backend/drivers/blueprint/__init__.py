"""A small, complete driver to copy. Read ``driver.py`` from the top; the steps are numbered.

The pretended device takes one line ``READ`` and answers ``SN=A1;P=1234;E=56789`` over TCP.
"""
