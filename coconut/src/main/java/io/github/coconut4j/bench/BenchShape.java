package io.github.coconut4j.bench;

import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** A transformer and a batch, with the sizes of the PyTorch peer in {@code benchmarks/peer}. */
@Getter
@RequiredArgsConstructor
public enum BenchShape {
  /** Small enough that overheads show. */
  TINY(new BenchSizes(2, 64, 4, 64, 32, 60, 4, 20, 16)),
  /** A model for ProsQA that trains on a laptop. */
  PROSQA_SMALL(new BenchSizes(2, 256, 8, 64, 32, 140, 6, 30, 24)),
  /** The two wide layers of arXiv 2505.12514. */
  SUPERPOSITION(new BenchSizes(2, 768, 8, 128, 32, 120, 4, 10, 8)),
  /** GPT-2 small, as in the paper. */
  GPT2(new BenchSizes(12, 768, 12, 50_260, 2, 400, 6, 40, 16));

  private final BenchSizes sizes;

  /** The name on the command line, {@code prosqa-small}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
