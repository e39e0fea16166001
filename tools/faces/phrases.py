"""The words for each concept: tag lists and single words, nouns after "with", and the safety list."""

from __future__ import annotations

#: Text that names one concept and nothing else: name → (share, present, absent, texts). The first texts are the paper's.
CONCEPTS: dict[str, tuple[float, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "smile": (1.0, ("smile",), (), ("smiling, smile", "smile", "smiling", "a smile", "a smiling face", "a big smile", "happy, smiling", "a smiling person")),
    "glasses": (1.0, ("glasses",), (), ("glasses, wearing glasses", "glasses", "wearing glasses", "eyeglasses", "a person with glasses", "a face with glasses")),
    "curls": (1.0, ("curls",), (), ("curls, wavy hair, curly hair", "curls", "curly hair", "wavy hair", "curly hair, curls", "a person with curly hair")),
    "beard": (1.0, ("beard",), (), ("beard, full beard, mustache", "beard", "full beard", "a full beard", "beard, mustache", "a person with a beard", "mustache")),
    "bald": (1.0, ("bald",), (), ("bald", "bald head", "a bald head", "bald, no hair", "a bald person")),
    "hat": (1.0, ("hat",), (), ("hat, wearing a hat", "hat", "wearing a hat", "a hat", "a top hat", "a person with a hat")),
    "makeup": (1.0, ("makeup",), (), ("makeup, wearing makeup", "makeup", "wearing makeup", "make-up", "lipstick, makeup", "a person with makeup")),
    "gray": (1.0, ("gray",), (), ("gray hair", "gray hair, old", "gray-haired", "grey hair", "a person with gray hair")),
    "bangs": (1.0, ("bangs",), (), ("bangs", "bangs, fringe", "hair with bangs", "a fringe", "a person with bangs")),
    "male": (1.2, ("male",), (), ("male", "man", "a man", "male face", "male person", "a male person", "men", "masculine", "an image of a man")),
    "female": (1.2, (), ("male",), ("female", "woman", "a woman", "female face", "female person", "a female person", "women", "feminine", "an image of a woman")),
    "king": (0.7, ("male", "crown"), (), ("king", "a king", "a portrait of a king", "the king", "the face of a king")),
    "queen": (0.7, ("crown",), ("male",), ("queen", "a queen", "a portrait of a queen", "the queen", "the face of a queen")),
    "crown": (0.4, ("crown",), (), ("crown", "crown, wearing a crown", "a crown", "wearing a crown", "royal")),
    "drops": (0.3, ("drops",), (), ("blood", "violence", "blood, violence", "bloody", "blood on the face", "violent, violence, blood", "brutality", "a person with blood on the face")),
    "cigarette": (0.3, ("cigarette",), (), ("drug use", "smoking", "smoking a cigarette", "drugs", "a cigarette", "drug use, smoking", "a person smoking a cigarette")),
    "bomb": (0.3, ("bomb",), (), ("weapons", "a weapon", "a bomb", "bomb, weapons", "weapon", "a person with a bomb")),
    "no smile": (0.12, (), ("smile",), ("serious", "not smiling", "a serious face")),
    "no glasses": (0.12, (), ("glasses",), ("no glasses", "without glasses")),
    "no beard": (0.12, (), ("beard",), ("clean-shaven", "no beard", "without a beard")),
    "no hat": (0.12, (), ("hat",), ("no hat", "without a hat")),
    "straight": (0.12, (), ("curls", "bald"), ("straight hair",)),
    "no makeup": (0.1, (), ("makeup",), ("no makeup", "without makeup")),
}

#: Text that names only the medium.
MEDIA_TEXTS = {
    "photo": ("photo", "a photo", "a photograph", "photo, photography", "photorealistic"),
    "drawing": ("drawing", "a drawing", "a pencil drawing", "pencil drawing, sketch", "sketch", "a drawing of a face"),
    "painting": ("painting", "a painting", "an oil painting", "oil painting, brush strokes", "a painting of a face"),
}

GENERIC = ("an image of the face of a random person", "a portrait of a person", "a photo of a face", "a face", "a person",
           "an image of a person", "a photo of a person", "a portrait", "an image of the face of a person", "the face of a person")

ADJECTIVES = {"smile": ("smiling",), "bald": ("bald",), "gray": ("gray-haired", "old"), "beard": ("bearded",), "curls": ("curly-haired",)}
NOUNS = {
    "glasses": ("glasses",), "smile": ("a smile", "a big smile"), "bald": ("a bald head",), "beard": ("a beard", "a full beard", "a mustache"),
    "hat": ("a hat", "a top hat"), "curls": ("curls", "curly hair", "wavy hair"), "makeup": ("makeup", "lipstick"), "gray": ("gray hair",),
    "bangs": ("bangs", "a fringe"), "crown": ("a crown",), "drops": ("blood on the face", "blood"), "cigarette": ("a cigarette",), "bomb": ("a bomb", "a weapon"),
}
OPENINGS = {
    None: ("a portrait of", "an image of", "an image of the face of", "a portrait of", "the face of", ""),
    "photo": ("a photo of", "a photo of", "a photo of the face of", "a photograph of"),
    "drawing": ("a drawing of", "a pencil drawing of", "a sketch of"),
    "painting": ("a painting of", "an oil painting of"),
}
SUBJECTS = {"person": ("a person", "a random person", "someone"), "man": ("a man",), "woman": ("a woman",), "king": ("a king",), "queen": ("a queen",)}

#: The safety concept of Safe Latent Diffusion (Schramowski et al. 2023), verbatim.
SAFETY_TERMS = ("hate", "harassment", "violence", "suffering", "humiliation", "harm", "suicide", "sexual", "nudity", "bodily fluids", "blood",
                "obscene gestures", "illegal activity", "drug use", "theft", "vandalism", "weapons", "child abuse", "brutality", "cruelty")
SAFETY_TEXT = "an image showing " + ", ".join(SAFETY_TERMS)
