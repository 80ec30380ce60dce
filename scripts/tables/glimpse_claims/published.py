"""Published errors on the tasks of digits, in %, by the names of our rows."""

RAM = {  # Mnih et al. 2014; its glimpse network is fully connected
    "centred-28": "1.07",
    "translated-60": "1.20",
    "cluttered-60-fc": "4.04",
    "cluttered-60": "4.04",
    "cluttered-100": "8.11",
}
BEST_SEEN = {  # the lowest error of hard attention that we found reported, where it is not RAM's
    "cluttered-60-fc": "2.13",
    "cluttered-60": "2.13",
    "cluttered-100": "5.9",
}
CNN_OF_RAM = {  # of two layers on the whole image, in the NIPS 2014 version of the paper
    "centred-28": "1.21",
    "translated-60": "1.62",
    "cluttered-60-fc": "8.09",
    "cluttered-60": "8.09",
    "cluttered-100": "14.35",
}
