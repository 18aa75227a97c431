package io.github.coconut4j;

import io.github.coconut4j.model.BaseDirectory;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Path;
import lombok.Value;

/** An adapter with its base model. The base's weights are not saved a second time. */
@Value
public class AdaptedBase {

  LoraAdapter adapter;

  /** The base's architecture, with rows for the added tokens and the map of thoughts. */
  TransformerConfig architecture;

  /**
   * Weights used by nothing else, since the rows that the adapter trains are written into their
   * token table.
   */
  Weights weights;

  BaseDirectory directory;

  /**
   * The model of base and adapter.
   *
   * @param precision of all products but those of decoders
   * @param decoding of decoders' products
   */
  public LatentTransformer transformer(LatentLoops loop, Precision precision, Precision decoding) {
    return LatentTransformer.create(
        adapter.on(architecture),
        adapter.onOwn(architecture, weights),
        loop.backend(),
        precision,
        decoding);
  }

  /** Receives the equivalent model without adapters, which is closed afterwards. */
  @FunctionalInterface
  interface MergedModel {

    void use(LatentTransformer merged) throws IOException;
  }

  /** Makes the equivalent model without adapters, and frees its weights after its use. */
  void merged(MergedModel use) throws IOException {
    TransformerConfig plain = adapter.on(architecture).toBuilder().lora(null).build();
    Weights merged = adapter.merged(architecture, weights);
    try (LatentTransformer model = LatentTransformer.create(plain, merged, LatentLoops.AUTO)) {
      use.use(model);
    } finally {
      adapter.closeMerged(merged, weights);
    }
  }

  /** Writes the adapter's files, which name the base, and its projection of thoughts. */
  void write(Path target) throws IOException {
    adapter.write(target, architecture, directory);
    ThoughtProjection.write(target.resolve(ThoughtProjection.FILE), weights);
  }
}
