"""OCPP 2.0.1 and 2.1: the same central system in the other dialect."""
