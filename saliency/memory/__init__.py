"""A stretch of play that a recurrent policy looks back on."""
