"""One folder per protocol. A driver knows its protocol and the model, nothing else; drivers are strangers to each other."""
