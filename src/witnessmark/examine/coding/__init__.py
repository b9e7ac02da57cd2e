"""Reading how the pictures were coded: prediction, quantisers and sizes, and what an earlier encoding left in them."""
