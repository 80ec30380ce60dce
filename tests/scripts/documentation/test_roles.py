"""Docstrings for the site."""

import pytest

from saccade.scripts.documentation.roles import without_roles


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("see :class:`saccade.saliency.Head`", "see `saccade.saliency.Head`"),
        (":func:`~saccade.saliency.heads` and :data:`METHODS`", "`saccade.saliency.heads` and `METHODS`"),
        ("``value``: the value; `x`", "``value``: the value; `x`"),
        (":param env: a :class:`VecEnv`", ":param env: a `VecEnv`"),
        ("a ratio 1:2 and `a:b`", "a ratio 1:2 and `a:b`"),
    ],
)
def test_roles_become_code(before, after):
    assert without_roles(before) == after
