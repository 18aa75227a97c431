package io.github.coconut4j.method;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/**
 * The methods, which differ in what is between question and answer. To add one, add a {@link
 * SequenceLayout} and its constant here.
 *
 * <p>Source: arXiv 2412.06769, section 4.2.
 */
@RequiredArgsConstructor
public enum Method {
  /** Latents between markers replace more steps from stage to stage. */
  COCONUT(new LatentThoughts()),
  /** The whole chain in words. */
  COT(new ChainOfThought()),
  /** Only the answer. */
  NO_COT(new DirectAnswer()),
  /** Steps are removed from stage to stage and nothing replaces them. */
  NO_THOUGHTS(new RemovedSteps()),
  /**
   * The chain's first tokens are removed, more of them every epoch (Deng et al., arXiv 2405.14838).
   */
  ICOT(new ImplicitChain()),
  /** Pause tokens before the answer, from the first update on (Goyal et al., arXiv 2310.02226). */
  PAUSE(new PauseTokens()),
  /** As {@link #COCONUT}, but a latent is the embedding of the pause token. */
  PAUSE_AS_THOUGHT(new PausedThoughts()),
  /** Latents learn from a teacher that writes the chain (Shen et al., arXiv 2502.21074). */
  CODI(new DistilledThoughts()),
  /**
   * A decoder must write the steps from the latents that replace them (Wei et al., arXiv
   * 2509.20317).
   */
  SIMCOT(new ExplainedThoughts()),
  /** As {@link #CODI}, with latents that are refined in parallel (Wu et al., arXiv 2506.18582). */
  PCCOT(new DistilledThoughts()),
  /**
   * As {@link #COCONUT}, with supervision of each latent by the nodes that a search has reached.
   */
  FRONTIER(new FrontierThoughts());

  private static final SequenceLayout SIMCOT_ON_CODI = new ExplainedDistilledThoughts();

  @Getter(AccessLevel.PACKAGE)
  @Accessors(fluent = true)
  private final SequenceLayout layout;

  /** The layout if SIM-CoT is added to a method other than Coconut. */
  SequenceLayout layout(SimcotOn simcotOn) {
    return this == SIMCOT && simcotOn == SimcotOn.CODI ? SIMCOT_ON_CODI : layout;
  }

  /** The name in configurations, such as {@code no_cot}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of all methods. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(Method::key).toList();
  }

  /** Whether the sequence changes from stage to stage. */
  public boolean isStaged() {
    return layout.isStaged();
  }

  /** Whether a stage lasts one epoch, for any {@code epochs_per_stage}. */
  public boolean isStageAnEpoch() {
    return layout.isStageAnEpoch();
  }

  /** Whether thoughts are latents, which receive the hidden state of the previous position. */
  public boolean hasLatents() {
    return layout.hasLatents();
  }
}
