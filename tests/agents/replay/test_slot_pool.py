import torch as th

from saccade.agents.replay.slot_pool import SlotPool


def test_items_stay_where_they_were_put_while_the_pool_grows():
    pool = SlotPool(th.zeros(0, 2, dtype=th.uint8))
    places = [pool.put((t, 0), th.tensor([t, t + 1], dtype=th.uint8)) for t in range(40)]
    assert len(set(places)) == 40
    assert [pool.items[place].tolist() for place in places] == [[t, t + 1] for t in range(40)]


def test_dropped_places_are_used_again():
    pool = SlotPool(th.zeros(0, 1))
    for t in range(500):
        pool.drop(t % 10, n_envs=2)
        for i in range(2):
            pool.put((t % 10, i), th.tensor([float(t)]))
    assert len(pool.items) <= 40
    pool.clear()
    assert len(pool.free) == len(pool.items)
