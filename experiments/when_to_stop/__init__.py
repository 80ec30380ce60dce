"""How many looks an agent needs: its error by the mean number of looks, under rules that end an episode early."""
