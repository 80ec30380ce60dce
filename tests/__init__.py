"""Tests. A package, because hershey-fonts installs a package `tests`, which processes started by a test would take for this one."""
