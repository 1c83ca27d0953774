"""The agenda file as YAML."""
