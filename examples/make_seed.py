"""Writes seed.keras: the small 3-D network that Kernelscope opens when it is given no file.

    python make_seed.py [seed.keras]          (needs keras 3 with the tensorflow backend, and numpy)

Three Conv3D layers over pictures of 224x224 pixels whose third spatial axis is colour, really fitted on
"procedural flowers": 17 kinds that this script draws itself (number and shape of petals, colours, centre,
spots), 60 pictures of each, stored as bytes and divided by 255. Adam, categorical cross-entropy, batch 64, the
last fifth held out. The same seed gives the same pictures everywhere and the same weights on the same machine.

The optimizer's moments are left out of the file (they would triple it): the fitted weights are put into a fresh
copy of the network, which is then saved.

Layers 2 and 3 see an axis of length 1, so positions 0 and 2 along the last kernel axis only ever meet padding:
their gradient is exactly zero and they keep their initial values. The script checks that, and that everything
else moved.

Printed by the run that made the committed file (keras 3.15.1, tensorflow 2.21.0):

    epoch 1/8: accuracy 0.0797 - loss 2.7447 - val_accuracy 0.1029 - val_loss 2.6579
    epoch 2/8: accuracy 0.1716 - loss 2.5273 - val_accuracy 0.1716 - val_loss 2.4958
    epoch 3/8: accuracy 0.2439 - loss 2.3271 - val_accuracy 0.1961 - val_loss 2.3937
    epoch 4/8: accuracy 0.3064 - loss 2.1098 - val_accuracy 0.2206 - val_loss 2.4043
    epoch 5/8: accuracy 0.3983 - loss 1.8927 - val_accuracy 0.2255 - val_loss 2.4890
    epoch 6/8: accuracy 0.4694 - loss 1.7071 - val_accuracy 0.2451 - val_loss 2.5601
    epoch 7/8: accuracy 0.5600 - loss 1.5344 - val_accuracy 0.2598 - val_loss 2.6574
    epoch 8/8: accuracy 0.6078 - loss 1.3684 - val_accuracy 0.2745 - val_loss 3.0201
    conv3d_10: largest change at positions 0, 1, 2 of the last kernel axis: [0.04209929 0.0404541  0.06758688]
    conv3d_11: largest change at positions 0, 1, 2 of the last kernel axis: [0.         0.11469276 0.        ]
    conv3d_12: largest change at positions 0, 1, 2 of the last kernel axis: [0.         0.11746605 0.        ]
"""

import sys

import numpy as np

import keras
from keras import layers

KINDS = 17
PER_KIND = 60
SIDE = 224
EPOCHS = 8

# petals, pointedness, petal colour, centre colour, radius of the centre, spots
RECIPES = [
    (5, 0.6, (250, 210, 40), (200, 150, 30), 0.18, 0),
    (5, 1.4, (120, 70, 190), (250, 230, 90), 0.12, 0),
    (6, 0.8, (245, 245, 240), (250, 190, 40), 0.26, 0),
    (6, 1.8, (220, 60, 140), (90, 30, 60), 0.15, 6),
    (12, 0.9, (250, 250, 245), (245, 200, 30), 0.30, 0),
    (16, 0.7, (250, 195, 20), (90, 55, 25), 0.42, 0),
    (3, 0.5, (130, 120, 225), (240, 220, 80), 0.12, 4),
    (4, 0.5, (215, 30, 30), (25, 20, 25), 0.24, 0),
    (8, 1.1, (80, 120, 230), (230, 230, 250), 0.14, 0),
    (20, 1.0, (250, 150, 30), (220, 110, 20), 0.22, 0),
    (6, 1.2, (250, 120, 60), (120, 50, 30), 0.10, 14),
    (5, 0.5, (250, 180, 200), (240, 240, 150), 0.14, 0),
    (3, 0.9, (250, 250, 250), (240, 250, 200), 0.10, 0),
    (10, 1.6, (160, 40, 160), (240, 180, 60), 0.20, 0),
    (5, 1.0, (90, 60, 200), (250, 250, 250), 0.30, 10),
    (7, 0.7, (235, 90, 90), (250, 220, 120), 0.34, 0),
    (24, 1.3, (250, 225, 60), (210, 170, 40), 0.14, 0),
]


def draw(recipe, rng):
    """One flower before grass: a uint8 picture [SIDE, SIDE, 3]."""
    petals, point, colour, centre, core, spots = recipe
    axis = np.linspace(-1, 1, SIDE, dtype=np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    x = (x - rng.uniform(-0.25, 0.25)) / rng.uniform(0.85, 1.15)
    y = y - rng.uniform(-0.25, 0.25)
    radius, angle = np.hypot(x, y), np.arctan2(y, x) + rng.uniform(0, 2 * np.pi)
    size = rng.uniform(0.5, 0.85)
    edge = size * (0.35 + 0.65 * np.abs(np.cos(angle * petals / 2)) ** point)

    blades = np.sin(40 * (x * rng.uniform(0.5, 1.5) + 0.1 * np.sin(9 * y)))
    green = np.array([60, 120, 45], np.float32) * (1 + 0.25 * blades)[..., None]
    petal = np.array(colour, np.float32) * (0.75 + 0.25 * radius / size)[..., None]
    for _ in range(spots):
        at, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.7) * size
        spot = np.hypot(x - far * np.cos(at), y - far * np.sin(at)) < 0.06
        petal[spot] *= 0.4
    picture = np.where((radius < edge)[..., None], petal, green)
    heart = (radius < core * size)[..., None]
    picture = np.where(heart, np.array(centre, np.float32), picture)
    light = rng.uniform(0.75, 1.15) * (1 + 0.15 * (x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)))
    noise = rng.normal(0, 6, picture.shape)
    return np.clip(picture * light[..., None] + noise, 0, 255).astype(np.uint8)


def flowers(rng):
    """All pictures as uint8 [n, SIDE, SIDE, 3] and their kinds, in random order."""
    kinds = np.repeat(np.arange(KINDS), PER_KIND)
    rng.shuffle(kinds)
    return np.stack([draw(RECIPES[kind], rng) for kind in kinds]), kinds


def network():
    """The network, named as the seventh model of a session whose earlier models had ten Conv3D layers."""
    return keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 3, 1), name="input_layer_6"),
            layers.Conv3D(2, 3, strides=4, padding="same", name="conv3d_10"),
            layers.Activation("relu", name="activation_16"),
            layers.Conv3D(4, 3, padding="same", name="conv3d_11"),
            layers.Activation("relu", name="activation_17"),
            layers.Conv3D(2, 3, padding="same", name="conv3d_12"),
            layers.Activation("relu", name="activation_18"),
            layers.Flatten(name="flatten_6"),
            layers.Dense(100, name="dense_12"),
            layers.Activation("relu", name="activation_19"),
            layers.Dense(KINDS, name="dense_13"),
            layers.Activation("softmax", name="activation_20"),
        ],
        name="sequential_6",
    )


def check_what_moved(before, after):
    """Frozen positions are bit-equal to their initial values; every other slice moved."""
    for index, name in ((0, "conv3d_10"), (2, "conv3d_11"), (4, "conv3d_12")):
        moved = np.abs(after[index] - before[index]).max(axis=(0, 1, 3, 4))
        print(f"{name}: largest change at positions 0, 1, 2 of the last kernel axis: {moved}")
        if name == "conv3d_10":
            assert (moved > 0).all()
        else:
            assert moved[0] == 0 and moved[2] == 0 and moved[1] > 1e-3


def main(path):
    keras.utils.set_random_seed(6)
    pictures, kinds = flowers(np.random.default_rng(17))
    x = pictures[..., None].astype(np.float32) / 255
    y = keras.utils.to_categorical(kinds, KINDS)

    model = network()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    before = model.get_weights()
    history = model.fit(x, y, batch_size=64, epochs=EPOCHS, validation_split=0.2, verbose=0).history
    for epoch in range(EPOCHS):
        row = " - ".join(f"{name} {values[epoch]:.4f}" for name, values in sorted(history.items()))
        print(f"epoch {epoch + 1}/{EPOCHS}: {row}")
    check_what_moved(before, model.get_weights())

    bare = network()
    bare.set_weights(model.get_weights())
    assert bare.count_params() == 629_511
    bare.save(path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "seed.keras")
