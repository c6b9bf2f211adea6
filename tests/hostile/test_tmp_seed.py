import os

import pytest

from tests.hostile.test_leaving import fuzz

SEEDS = [int(x) for x in os.environ["SEEDS"].split(",")]


@pytest.mark.parametrize("seed", SEEDS)
def test_seed(zygote, tmp_path, seed):
    fuzz(zygote, tmp_path, seed, 100)
