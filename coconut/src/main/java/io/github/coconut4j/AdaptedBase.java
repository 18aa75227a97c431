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

/** An adapter and the base model that it is beside, whose weights are saved no second time. */
@Value
public class AdaptedBase {

  LoraAdapter adapter;

  /** The base's, with the rows of the tokens that were added to it and the map of thoughts. */
  TransformerConfig architecture;

  /** Its own: into their token table go the rows that the adapter trains. */
  Weights weights;

  BaseDirectory directory;

  /** The model of both. */
  public LatentTransformer transformer(LatentLoops loop, Precision precision) {
    return LatentTransformer.create(
        adapter.on(architecture), adapter.onOwn(architecture, weights), loop, precision);
  }

  /** The model without adapters that computes the same. */
  LatentTransformer merged() {
    TransformerConfig plain = adapter.on(architecture).toBuilder().lora(null).build();
    return LatentTransformer.create(plain, adapter.merged(architecture, weights), LatentLoops.AUTO);
  }

  /** Writes the adapter's files, which name the base, and a projection of thoughts. */
  void write(Path target) throws IOException {
    adapter.write(target, architecture, directory);
    ThoughtProjection.write(target.resolve(ThoughtProjection.FILE), weights);
  }
}
