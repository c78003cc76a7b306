"""Elastic laws: both reduce to the three-dimensional solid with no stress across the wall."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.mechanics.elasticity import (
    SHEAR_FACTOR,
    Elasticity,
    MaterialRefused,
    TransverseElasticity,
)

PAIRS = ((0, 0), (1, 1), (0, 1), (0, 2), (1, 2))
LAYERED = (7500.0, 2300.0, 0.35, 0.42, 900.0)


def turns(count, seed=1):
    """(count, 3, 3) proper rotations."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(count, 3, 3)))
    q *= np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    return q * np.linalg.det(q)[:, None, None]


def solid_compliance(law):
    """(3, 3, 3, 3): Sijkl of a layered solid, assembled in its own axes and then turned."""
    Ex, Ez = law.layer_modulus_mpa, law.across_modulus_mpa
    nu, nuz = law.layer_poissons_ratio, law.across_poissons_ratio
    normal = np.array(
        [
            [1.0 / Ex, -nu / Ex, -nuz / Ex],
            [-nu / Ex, 1.0 / Ex, -nuz / Ex],
            [-nuz / Ex, -nuz / Ex, 1.0 / Ez],
        ]
    )
    shear = {
        (0, 1): 2.0 * (1.0 + nu) / Ex,
        (0, 2): 1.0 / law.across_shear_modulus_mpa,
        (1, 2): 1.0 / law.across_shear_modulus_mpa,
    }
    S = np.zeros((3, 3, 3, 3))
    for i in range(3):
        for j in range(3):
            S[i, i, j, j] = normal[i, j]
    for (i, j), value in shear.items():
        for a, b in ((i, j), (j, i)):
            S[a, b, i, j] = S[a, b, j, i] = 0.25 * value
    z = law.direction
    x = np.cross(z, np.eye(3)[np.argmin(np.abs(z))])
    x /= np.linalg.norm(x)
    R = np.stack([x, np.cross(z, x), z])
    return np.einsum("pi,qj,rk,sl,pqrs->ijkl", R, R, R, R, S)


def stress_tensor(five, axes):
    """(3, 3) global stress from lamina components."""
    local = np.zeros((3, 3))
    for value, (i, j) in zip(five, PAIRS, strict=True):
        local[i, j] = local[j, i] = value
    return axes.T @ local @ axes


def test_equal_constants_are_the_isotropic_law():
    even = Elasticity(1800.0, 0.4)
    same = TransverseElasticity(1800.0, 1800.0, 0.4, 0.4, 1800.0 / 2.8, [0.3, -0.2, 0.9])
    axes = turns(20)
    assert np.allclose(same.law(axes), even.law(axes), rtol=1e-12, atol=1e-12 * 1800.0)
    assert same.fibre_modulus(axes) == pytest.approx(even.fibre_modulus(axes), rel=1e-12)


def test_the_isotropic_law_is_one_matrix_seen_as_many():
    law = Elasticity(1800.0, 0.4)
    many = law.law(np.zeros((1000, 8, 3, 3)))
    assert many.shape == (1000, 8, 5, 5)
    assert many.strides[:2] == (0, 0)
    assert np.array_equal(many[7, 3], law.plane_stress)


def test_complementary_energy_is_that_of_the_solid_with_a_parabolic_shear_stress():
    law = TransverseElasticity(*LAYERED, [1.0, 2.0, -0.5])
    S = solid_compliance(law)
    points, weights = np.polynomial.legendre.leggauss(4)
    random = np.random.default_rng(2)
    for axes in turns(10, seed=3):
        D = law.law(axes)
        five = random.normal(size=5)
        energy = 0.0
        for zeta, weight in zip(points, weights, strict=True):
            profile = np.array([1.0, 1.0, 1.0, *[1.5 * (1.0 - zeta**2)] * 2])
            sigma = stress_tensor(five * profile, axes)
            energy += 0.5 * weight * np.einsum("ij,ijkl,kl", sigma, S, sigma)
        assert five @ np.linalg.solve(D, five) == pytest.approx(energy, rel=1e-12)


def test_strains_without_mean_shear_stress_are_the_solids():
    law = TransverseElasticity(*LAYERED, [1.0, 2.0, -0.5])
    S = solid_compliance(law)
    for axes in turns(10, seed=4):
        membrane = np.array([3.0, -1.0, 2.0, 0.0, 0.0])
        strain = np.linalg.solve(law.law(axes), membrane)
        solid = np.einsum("ijkl,kl->ij", S, stress_tensor(membrane, axes))
        local = axes @ solid @ axes.T
        want = [local[i, j] * (1.0 if i == j else 2.0) for i, j in PAIRS]
        assert strain == pytest.approx(want, rel=1e-11, abs=1e-16)


def test_a_fibre_stretch_is_the_solids():
    law = TransverseElasticity(*LAYERED, [1.0, 2.0, -0.5])
    S = solid_compliance(law)
    for axes in turns(10, seed=5):
        s = np.einsum("ijkl,ai,aj,bk,bl->ab", S, axes, axes, axes, axes)
        sigma = np.linalg.solve(s[1:, 1:], [0.0, 1.0])  # ε22 = 0, ε33 = 1, σ11 = 0
        assert law.fibre_modulus(axes) == pytest.approx(sigma[1], rel=1e-12)


def test_layers_in_the_wall_are_isotropic_in_it_and_soft_through_it():
    Ex, _, nu, _, G = LAYERED
    D = TransverseElasticity(*LAYERED, [0.0, 0.0, 1.0]).law(np.eye(3))
    want = Elasticity(Ex, nu).plane_stress
    want[3:, 3:] = SHEAR_FACTOR * G * np.eye(2)
    assert np.allclose(D, want, rtol=1e-12, atol=1e-9)


def test_layers_across_the_wall_are_a_laminas_two_moduli():
    """Textbook lamina: loaded along the layers (1) and across them (2)."""
    Ex, Ez, nu, nuz, G = LAYERED
    D = TransverseElasticity(*LAYERED, [0.0, 1.0, 0.0]).law(np.eye(3))
    nuzx = nuz * Ez / Ex
    room = 1.0 - nuz * nuzx
    Gxy = Ex / (2.0 * (1.0 + nu))
    want = np.diag([Ex / room, Ez / room, G, SHEAR_FACTOR * Gxy, SHEAR_FACTOR * G])
    want[0, 1] = want[1, 0] = nuz * Ez / room
    assert np.allclose(D, want, rtol=1e-12, atol=1e-9)


def test_a_load_at_an_angle_to_the_layers_has_the_off_axis_modulus():
    """1/E(φ) = c⁴/Ex + s⁴/Ez + s²c²(1/G − 2νxz/Ex) (Jones, Mechanics of Composite Materials)."""
    Ex, Ez, _, nuz, G = LAYERED
    for angle in np.linspace(0.0, np.pi / 2.0, 7):
        c, s = np.cos(angle), np.sin(angle)
        axes = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        D = TransverseElasticity(*LAYERED, [0.0, 1.0, 0.0]).law(axes)
        flexible = c**4 / Ex + s**4 / Ez + s**2 * c**2 * (1.0 / G - 2.0 * nuz / Ex)
        assert np.linalg.inv(D)[0, 0] == pytest.approx(flexible, rel=1e-12)


@given(st.integers(0, 2**31), st.floats(0.0, 6.28))
def test_the_law_knows_no_frame_and_no_turn_about_the_build_axis(seed, angle):
    random = np.random.default_rng(seed)
    axes, motion = turns(2, seed=seed)
    direction = random.normal(size=3)
    law = TransverseElasticity(*LAYERED, direction)
    D = law.law(axes)
    assert np.array_equal(D, D.T)
    assert np.linalg.eigvalsh(D)[0] > 0.0
    moved = TransverseElasticity(*LAYERED, motion @ direction).law(axes @ motion.T)
    assert np.allclose(moved, D, rtol=0.0, atol=1e-12 * 1e4)
    n = law.direction
    skew = np.cross(np.eye(3), n)
    spin = np.eye(3) - np.sin(angle) * skew + (1.0 - np.cos(angle)) * skew @ skew
    assert np.allclose(law.law(axes @ spin.T), D, rtol=0.0, atol=1e-12 * 1e4)
    # up and down are the same
    assert np.allclose(TransverseElasticity(*LAYERED, -direction).law(axes), D, rtol=1e-14)


def test_many_axes_at_once_are_each_alone():
    law = TransverseElasticity(*LAYERED, [0.2, 0.1, 1.0])
    axes = turns(12).reshape(4, 3, 3, 3)
    D = law.law(axes)
    assert D.shape == (4, 3, 5, 5)
    assert np.allclose(D[2, 1], law.law(axes[2, 1]), rtol=1e-14)
    assert law.fibre_modulus(axes).shape == (4, 3)


def test_an_imaginary_step_is_the_derivative():
    law = TransverseElasticity(*LAYERED, [0.2, 0.1, 1.0])
    axes = turns(1)[0]
    change = np.cross(axes, [0.3, -0.7, 0.2])
    exact = law.law(axes + 1e-30j * change).imag / 1e-30
    central = (law.law(axes + 1e-6 * change) - law.law(axes - 1e-6 * change)) / 2e-6
    assert np.allclose(exact, central, rtol=0.0, atol=1e-5)
    assert np.abs(exact).max() > 10.0
    assert np.all(Elasticity(1800.0, 0.4).law(axes + 1j * change).imag == 0.0)


@pytest.mark.parametrize(
    "law", [Elasticity(1800.0, 0.4), TransverseElasticity(*LAYERED, [0.0, 0.6, 0.8])]
)
def test_a_scaled_law_scales_every_modulus(law):
    axes = turns(3)
    half = law.scaled(0.5)
    assert type(half) is type(law)
    assert np.allclose(half.law(axes), 0.5 * law.law(axes), rtol=1e-13)
    assert np.allclose(half.fibre_modulus(axes), 0.5 * law.fibre_modulus(axes), rtol=1e-13)


@pytest.mark.parametrize(
    ("constants", "direction", "sentence"),
    [
        ((0.0, 2300.0, 0.35, 0.42, 900.0), (0, 0, 1), "in the layer is 0.0 MPa"),
        ((7500.0, -1.0, 0.35, 0.42, 900.0), (0, 0, 1), "across the layers is -1.0 MPa"),
        ((7500.0, 2300.0, 0.35, 0.42, np.nan), (0, 0, 1), "shear modulus"),
        ((7500.0, 2300.0, 1.0, 0.42, 900.0), (0, 0, 1), "0 to below 1"),
        ((1000.0, 1000.0, 0.5, 0.5, 900.0), (0, 0, 1), "below 0.500"),
        ((1000.0, 4000.0, 0.3, 0.3, 900.0), (0, 0, 1), "below 0.296"),
        ((7500.0, 2300.0, 0.35, -0.1, 900.0), (0, 0, 1), "is -0.1"),
        (LAYERED, (0, 0, 0), "not all zero"),
        (LAYERED, (0, 1), "three numbers"),
    ],
)
def test_an_impossible_layered_law_is_refused(constants, direction, sentence):
    with pytest.raises(MaterialRefused, match=sentence):
        TransverseElasticity(*constants, direction)
