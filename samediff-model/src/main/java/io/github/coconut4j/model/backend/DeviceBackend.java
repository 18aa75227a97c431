package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.op.FusedLatentLoop;

/**
 * A backend that uses the latent loop and decoder of {@code model.loop} with a device's operations.
 */
public abstract class DeviceBackend implements Backend {

  @Override
  public final boolean isFused() {
    return true;
  }

  /**
   * Makes a device for one model's loops or decoders; the caller closes it.
   *
   * @param precision of the linear layers' products
   */
  public abstract Device device(TransformerConfig config, Precision precision);

  /**
   * Makes a latent loop on {@link #device}.
   *
   * @throws IllegalArgumentException if the backend is not registered as a service, which graphs
   *     need to find it, or {@link #unsupportedReason} has a reason
   * @throws IllegalStateException if {@link #unavailableReason} has a reason
   */
  @Override
  public final LatentLoop latentLoop(TransformerConfig config, Precision precision) {
    Backends.requireService(this);
    requireSupport(precision);
    return new FusedLatentLoop(this, config, precision);
  }
}
