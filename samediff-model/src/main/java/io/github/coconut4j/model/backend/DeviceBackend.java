package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.op.FusedLatentLoop;

/**
 * A backend whose latent loop and decoder are the ones of {@code model.loop} over a device's
 * operations.
 */
public abstract class DeviceBackend implements Backend {

  @Override
  public final boolean isFused() {
    return true;
  }

  /**
   * A device for one model's loops or decoders; the caller closes it.
   *
   * @param precision of the linear layers' products
   */
  public abstract Device device(TransformerConfig config, Precision precision);

  /**
   * A latent loop over {@link #device}.
   *
   * @throws IllegalArgumentException if it is not found as a service, by which graphs find it
   *     again, or {@link #unsupportedReason} has a reason
   * @throws IllegalStateException if {@link #unavailableReason} has a reason
   */
  @Override
  public final LatentLoop latentLoop(TransformerConfig config, Precision precision) {
    Backends.requireService(this);
    requireSupport(precision);
    return new FusedLatentLoop(this, config, precision);
  }
}
