"""The suite's own tasks: small envs whose right behaviour is known."""
