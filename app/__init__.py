"""The faces' shared kit, the console, and the command ``enemado``."""
