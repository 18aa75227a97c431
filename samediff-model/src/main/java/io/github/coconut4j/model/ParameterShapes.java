package io.github.coconut4j.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and shapes of a GPT-2 model's parameters, in the order in which Hugging Face lists them.
 *
 * <p>Legend: V vocabulary, P positions, D width, F feed-forward width. Linear layers are stored
 * [in, out], as in Hugging Face's {@code Conv1D}.
 */
final class ParameterShapes {

  /** Begins every parameter's name in a {@code GPT2LMHeadModel}. */
  static final String PREFIX = "transformer.";

  static final String TOKEN_EMBEDDING = PREFIX + "wte.weight";

  private ParameterShapes() {}

  /** Shape by name, in Hugging Face's order. */
  static Map<String, long[]> of(TransformerConfig config) {
    long d = config.getNEmbd();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put(TOKEN_EMBEDDING, new long[] {config.getVocabSize(), d}); // [V, D]
    shapes.put(PREFIX + "wpe.weight", new long[] {config.getNPositions(), d}); // [P, D]
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      addBlock(shapes, PREFIX + "h." + layer + ".", d, config.innerSize());
    }
    addNorm(shapes, PREFIX + "ln_f", d);
    return shapes;
  }

  private static void addBlock(Map<String, long[]> shapes, String block, long d, long f) {
    addNorm(shapes, block + "ln_1", d);
    addLinear(shapes, block + "attn.c_attn", d, 3 * d); // queries, keys, values side by side
    addLinear(shapes, block + "attn.c_proj", d, d);
    addNorm(shapes, block + "ln_2", d);
    addLinear(shapes, block + "mlp.c_fc", d, f);
    addLinear(shapes, block + "mlp.c_proj", f, d);
  }

  private static void addNorm(Map<String, long[]> shapes, String name, long width) {
    shapes.put(name + ".weight", new long[] {width});
    shapes.put(name + ".bias", new long[] {width});
  }

  private static void addLinear(Map<String, long[]> shapes, String name, long in, long out) {
    shapes.put(name + ".weight", new long[] {in, out});
    shapes.put(name + ".bias", new long[] {out});
  }
}
