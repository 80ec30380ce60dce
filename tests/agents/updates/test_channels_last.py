import pytest
import torch as th

from saccade.agents.updates.channels_last import channels_last


def images(channels: int, batch: int = 3) -> th.Tensor:
    return th.randint(0, 256, (batch, channels, 5, 6), dtype=th.uint8, generator=th.Generator().manual_seed(0))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("channels", [1, 3, 4, 8])
def test_images_keep_their_values_in_channels_last(channels, batch):
    given = images(channels, batch)
    result = channels_last(given)
    assert th.equal(result, given)
    assert result.dtype == th.uint8
    assert result.is_contiguous(memory_format=th.channels_last)


def test_two_pixels_by_hand():
    pixels = th.tensor([[[[1, 2]], [[3, 255]], [[5, 6]], [[200, 8]]]], dtype=th.uint8)  # 4 channels of 1 x 2
    assert channels_last(pixels).permute(0, 2, 3, 1).flatten().tolist() == [1, 3, 5, 200, 2, 255, 6, 8]


def test_a_slice_of_a_longer_stack_keeps_its_values():
    longer = images(5)
    assert th.equal(channels_last(longer[:, 1:]), longer[:, 1:])


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 1, 3, 2), (0, 2, 3, 1)])
def test_images_in_any_memory_format_keep_their_values(axes):
    given = images(4).permute(axes).contiguous().permute([axes.index(i) for i in range(4)])
    assert th.equal(channels_last(given), images(4))
    assert channels_last(given).is_contiguous(memory_format=th.channels_last)


def test_compiled_code_gives_the_same_values():
    given = images(4)
    assert th.equal(th.compile(channels_last, dynamic=False)(given), given)


@pytest.mark.gpu
@pytest.mark.parametrize("channels", [3, 4])
def test_on_a_gpu_compiled_code_gives_the_same_values(channels):
    given = images(channels).cuda()
    result = th.compile(channels_last, dynamic=False)(given)
    assert th.equal(result, given)
    assert result.is_contiguous(memory_format=th.channels_last)


def test_tensors_that_are_not_images_do_not_change():
    vector = th.rand(3, 7)
    assert channels_last(vector) is vector
    parts = channels_last({"image": images(4), "vector": vector, "float": images(4).float()})
    assert th.equal(parts["image"], images(4))
    assert parts["vector"] is vector
    assert th.equal(parts["float"], images(4).float())
