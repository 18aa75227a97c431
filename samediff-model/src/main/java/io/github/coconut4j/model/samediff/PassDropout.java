package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.dropout.DropoutSite;
import org.nd4j.autodiff.samediff.SDVariable;

/** The dropout in one pass of a transformer's graph. */
@FunctionalInterface
interface PassDropout {

  /** Nothing is dropped. */
  PassDropout NONE = (site, layer, x) -> x;

  /** m ⊙ x, with the multipliers of a site in a layer. */
  SDVariable dropped(DropoutSite site, int layer, SDVariable x);
}
