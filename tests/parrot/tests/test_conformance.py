from zoo.testing import parametrize_with_checks


@parametrize_with_checks("parrot:mimic-s", "parrot:mimic-m", "parrot:words", "parrot:ears")
def test_parrot(check):
    check()
