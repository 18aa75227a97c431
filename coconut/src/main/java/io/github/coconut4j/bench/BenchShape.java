package io.github.coconut4j.bench;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** A transformer and a batch, with the sizes of the PyTorch peers in {@code benchmarks/peer}. */
@Getter
@RequiredArgsConstructor
public enum BenchShape {
  /** Small enough that overhead shows. */
  TINY(new BenchSizes(gpt2(2, 64, 4, 64), 32, 60, 4, 20, 16)),
  /** A model for ProsQA that trains on a laptop. */
  PROSQA_SMALL(new BenchSizes(gpt2(2, 256, 8, 64), 32, 140, 6, 30, 24)),
  /** The two wide layers of arXiv 2505.12514. */
  SUPERPOSITION(new BenchSizes(gpt2(2, 768, 8, 128), 32, 120, 4, 10, 8)),
  /** GPT-2 small, as in the paper. */
  GPT2(new BenchSizes(gpt2(12, 768, 12, 50_260), 2, 400, 6, 40, 16)),
  /** A Llama that trains on a laptop. */
  LLAMA_SMALL(new BenchSizes(llama(4, 512, 8, 2, 1408, 64), 32, 140, 6, 30, 24)),
  /** Llama 3.2 1B. */
  LLAMA_1B(new BenchSizes(llama(16, 2048, 32, 8, 8192, 128_256), 2, 209, 6, 40, 16));

  private final BenchSizes sizes;

  private static TransformerConfig gpt2(int layers, int width, int heads, int vocabulary) {
    return TransformerConfig.builder()
        .vocabSize(vocabulary)
        .nPositions(1)
        .nEmbd(width)
        .nLayer(layers)
        .nHead(heads)
        .build();
  }

  private static TransformerConfig llama(
      int layers, int width, int heads, int keyValueHeads, int inner, int vocabulary) {
    return gpt2(layers, width, heads, vocabulary).toBuilder()
        .architecture(Architecture.LLAMA)
        .nKvHead(keyValueHeads)
        .nInner(inner)
        .activationFunction(Activation.SILU)
        .rotary(RotaryPositions.of(500_000))
        .build();
  }

  /** The name on the command line, {@code prosqa-small}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
