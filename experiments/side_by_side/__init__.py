"""Several trainings on one machine: who is there, what is free, and how many threads a training takes."""
