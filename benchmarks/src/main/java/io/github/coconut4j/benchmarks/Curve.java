package io.github.coconut4j.benchmarks;

import com.fasterxml.jackson.annotation.JsonValue;
import io.github.coconut4j.bench.BenchSizes;
import java.util.Locale;
import java.util.stream.IntStream;

/** One size that varies while the others stay as a shape has them. */
enum Curve {
  /** Latents are added: the rows grow. */
  LATENTS("latents") {
    @Override
    IntStream values(BenchSizes base) {
      return numbersOfLatents();
    }

    @Override
    BenchSizes at(BenchSizes base, int latents) {
      return base.withLatents(latents);
    }
  },

  /** Latents take the question's last tokens' places: as many columns, but more passes. */
  LATENTS_FOR_TOKENS("latents in place of tokens") {
    @Override
    IntStream values(BenchSizes base) {
      return numbersOfLatents();
    }

    @Override
    BenchSizes at(BenchSizes base, int latents) {
      return base.withLatents(latents).withQuestion(base.getQuestion() - latents);
    }
  },

  /** The question's length, from a quarter of the shape's to twice it. */
  QUESTION("tokens of the question") {
    @Override
    IntStream values(BenchSizes base) {
      return IntStream.of(1, 2, 3, 4, 6, 8).map(quarters -> base.getQuestion() * quarters / 4);
    }

    @Override
    BenchSizes at(BenchSizes base, int tokens) {
      return base.withQuestion(tokens);
    }
  },

  /** Rows, in powers of two up to twice the shape's. */
  BATCH("rows") {
    @Override
    IntStream values(BenchSizes base) {
      return IntStream.iterate(1, rows -> rows <= 2 * base.getRows(), rows -> 2 * rows);
    }

    @Override
    BenchSizes at(BenchSizes base, int rows) {
      return base.withRows(rows);
    }
  },

  /** Only the question, with one label: one pass. */
  QUESTION_PASS("passes over the question") {
    @Override
    IntStream values(BenchSizes base) {
      return IntStream.of(1);
    }

    @Override
    BenchSizes at(BenchSizes base, int passes) {
      return base.withLatents(0).withLabels(1);
    }
  };

  private final String quantity;

  Curve(String quantity) {
    this.quantity = quantity;
  }

  /** What varies, as an axis is labelled. */
  String quantity() {
    return quantity;
  }

  /** The values it takes. */
  abstract IntStream values(BenchSizes base);

  /** The sizes at one of them. */
  abstract BenchSizes at(BenchSizes base, int value);

  /** The name in results, {@code latents-for-tokens}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static IntStream numbersOfLatents() {
    return IntStream.of(0, 1, 2, 4, 8, 12, 16);
  }
}
