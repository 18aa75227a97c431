package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Positions;
import java.util.stream.IntStream;

/** Layouts drawn as strings, one a sequence: t token, l latent, y token with a label, . padding. */
public final class Layouts {

  private Layouts() {}

  /** The hidden states before labels are used. */
  public static BatchLayout of(String... rows) {
    int steps = rows[0].length();
    int total = rows.length * steps;
    int[] ids = new int[total];
    int[] attention = new int[total];
    int[] latent = new int[total];
    for (int i = 0; i < total; i++) {
      char kind = rows[i / steps].charAt(i % steps);
      attention[i] = kind == '.' ? 0 : 1;
      latent[i] = kind == 'l' ? 1 : 0;
      boolean follows = i % steps > 0 && attention[i - 1] == 1;
      ids[i] = follows ? ids[i - 1] + 1 : 0;
    }
    int[] beforeLabels =
        IntStream.range(1, total)
            .filter(i -> rows[i / steps].charAt(i % steps) == 'y')
            .map(i -> i - 1)
            .toArray();
    return BatchLayout.of(Positions.of(rows.length, steps, ids, attention, latent), beforeLabels);
  }

  /** The same batch, of which every hidden state is used. */
  static BatchLayout everyPosition(BatchLayout layout) {
    return layout.withQueried(IntStream.range(0, layout.sequences() * layout.steps()).toArray());
  }
}
