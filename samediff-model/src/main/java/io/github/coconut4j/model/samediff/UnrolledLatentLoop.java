package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.latent.LoopInputs;
import io.github.coconut4j.model.latent.LoopStates;
import io.github.coconut4j.model.latent.Visit;
import io.github.coconut4j.model.op.DropoutOp;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.FrozenOperand;
import io.github.coconut4j.model.op.LatentGradient;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The latent loop as native SameDiff operations, one transformer pass after the other: the readable
 * reference, differentiated by SameDiff, for any ND4J backend and any floating-point type.
 *
 * <p>In {@code sd.summary()} the passes are the scopes {@code latent_loop/pass_0}, {@code
 * latent_loop/pass_1} and so on.
 */
@RequiredArgsConstructor
public final class UnrolledLatentLoop implements LatentLoop {

  private static final String SCOPE = "latent_loop";

  private final TransformerConfig config;

  @Override
  public LoopStates states(LoopInputs inputs, BatchLayout layout) {
    layout.visits().requireAny();
    return scoped(
        inputs.sameDiff(),
        SCOPE,
        () -> {
          Unrolling unrolling = new Unrolling(config, inputs, layout.keepsFedGradients());
          unrolling.passes(layout.visits().open());
          return new LoopStates(unrolling.hidden(), unrolling.layers());
        });
  }

  @Override
  public boolean dependsOnVisits() {
    return true;
  }

  @Override
  public Decoding decoding(Weights weights, Precision precision) {
    return new UnrolledDecoding(new PassGraph(config, weights));
  }

  @Override
  public void close() {
    // Each decoding frees its own memory.
  }

  private static <T> T scoped(SameDiff sameDiff, String name, Supplier<T> body) {
    NameScope scope = sameDiff.withNameScope(name);
    try {
      return body.get();
    } finally {
      scope.close();
    }
  }

  /** The state while one loop is built. */
  private static final class Unrolling {

    private final SameDiff sameDiff;
    private final LoopInputs inputs;
    private final SDVariable attentionBias;
    private final TransformerGraph transformer;
    private final TransformerConfig config;

    /** Whether the gradient of latents' inputs is also added to their tokens' embeddings. */
    private final boolean keepsFedGradients;

    /** Hidden states of the time steps so far, in pieces. */
    private final List<Piece> pieces = new ArrayList<>();

    /**
     * Hidden states of consecutive time steps.
     *
     * @param steps [from, to)
     * @param hidden final hidden states [B, to - from, D]
     * @param layers the input of each block [B, to - from, D]; empty if none are probed
     */
    private record Piece(Visit steps, SDVariable hidden, List<SDVariable> layers) {}

    Unrolling(TransformerConfig config, LoopInputs inputs, boolean keepsFedGradients) {
      this.keepsFedGradients = keepsFedGradients;
      this.sameDiff = inputs.sameDiff();
      this.inputs = inputs;
      this.attentionBias =
          AttentionBias.causal(inputs.attentionMask(), inputs.tokenEmbeddings().dataType());
      this.config = config;
      this.transformer = new TransformerGraph(sameDiff, inputs.parameters(), config);
    }

    void passes(List<Visit> visits) {
      TransformerPass previous = null;
      for (int number = 0; number < visits.size(); number++) {
        Visit visit = visits.get(number);
        TransformerPass before = previous;
        previous = scoped(sameDiff, "pass_" + number, () -> pass(visit, before));
        pieces.removeIf(piece -> piece.steps().from() >= visit.from());
        pieces.replaceAll(piece -> cut(piece, 0, visit.from()));
        pieces.add(new Piece(visit, previous.hidden(), layers(previous)));
      }
    }

    private List<SDVariable> layers(TransformerPass pass) {
      SDVariable shape = sameDiff.shape(pass.hidden());
      return inputs.probed() == null
          ? List.of()
          : pass.layers().stream().map(layer -> layer.reshape(shape)).toList();
    }

    /** Final hidden states at the queried positions [n, D]. */
    SDVariable hidden() {
      return at(inputs.queried(), Piece::hidden);
    }

    /** The input of each block at the probed positions [L, m, D], or null. */
    SDVariable layers() {
      if (inputs.probed() == null) {
        return null;
      }
      SDVariable[] layers =
          IntStream.range(0, pieces.get(0).layers().size())
              .mapToObj(layer -> at(inputs.probed(), piece -> piece.layers().get(layer)))
              .toArray(SDVariable[]::new);
      return sameDiff.stack(0, layers);
    }

    /** The states at some positions, gathered from those of all time steps. */
    private SDVariable at(SDVariable positions, Function<Piece, SDVariable> states) {
      SDVariable all = concatenated(pieces.stream().map(states).toList());
      return EmbeddingLookup.of(all.reshape(-1, config.getNEmbd()), positions);
    }

    private TransformerPass pass(Visit visit, TransformerPass previous) {
      SDIndex own = interval(visit.from(), visit.to());
      SDIndex read = interval(0, visit.to());
      return transformer.pass(
          embeddings(visit),
          inputs.positionIds().get(SDIndex.all(), own),
          attentionBias.get(SDIndex.all(), SDIndex.all(), own, read),
          past(visit, previous),
          dropout(visit));
    }

    private PassDropout dropout(Visit visit) {
      return inputs.dropout() == null
          ? PassDropout.NONE
          : (site, layer, x) ->
              DropoutOp.of(x, inputs.attentionMask(), inputs.dropout(), site, layer, visit.from());
    }

    /** Keys and values of the time steps before a visit. */
    private List<KeyValues> past(Visit visit, TransformerPass previous) {
      if (visit.from() == 0) {
        return List.of();
      }
      return visit.from() == known()
          ? previous.keyValues()
          : previous.keyValues().stream().map(each -> each.first(visit.from())).toList();
    }

    /** Number of time steps visited so far. */
    private int known() {
      return pieces.isEmpty() ? 0 : pieces.get(pieces.size() - 1).steps().to();
    }

    /** Input embeddings: at latents hidden states, if there are earlier ones; tokens elsewhere. */
    private SDVariable embeddings(Visit visit) {
      int fedFrom = Math.max(1, visit.from()); // there is no time step before the first
      int fedTo = Math.min(known() + 1, visit.to());
      if (fedFrom >= fedTo) {
        return tokens(visit.from(), visit.to());
      }
      List<SDVariable> parts = new ArrayList<>();
      if (visit.from() < fedFrom) {
        parts.add(tokens(visit.from(), fedFrom));
      }
      parts.add(fed(fedFrom, fedTo));
      if (fedTo < visit.to()) {
        parts.add(tokens(fedTo, visit.to()));
      }
      return concatenated(parts);
    }

    private SDVariable concatenated(List<SDVariable> parts) {
      return parts.size() == 1
          ? parts.get(0)
          : sameDiff.concat(1, parts.toArray(SDVariable[]::new));
    }

    /** The previous hidden state if a sequence has a latent at a time step, its token otherwise. */
    private SDVariable fed(int from, int to) {
      SDVariable latent =
          sameDiff.expandDims(
              inputs
                  .latentMask()
                  .get(SDIndex.all(), interval(from, to))
                  .castTo(inputs.tokenEmbeddings().dataType()),
              2);
      SDVariable tokens = tokens(from, to);
      SDVariable before =
          concatenated(
              pieces.stream()
                  .filter(piece -> piece.steps().to() > from - 1 && piece.steps().from() < to - 1)
                  .map(piece -> cut(piece, from - 1, to - 1).hidden())
                  .toList());
      SDVariable fed = learning(latents(before), from);
      return keepsFedGradients
          ? FrozenOperand.sum(tokens, tokens.mul(latent).neg()).add(fed.mul(latent))
          : tokens.add(fed.sub(tokens).mul(latent));
    }

    /** The inputs of latents from a time step on; gradients flow only to the last ones. */
    private SDVariable learning(SDVariable latents, int from) {
      Integer last = config.getLatentBackprop();
      return last == null ? latents : LatentGradient.of(latents, inputs.latentMask(), last, from);
    }

    /** The inputs of latents after hidden states [B, t, D]. */
    private SDVariable latents(SDVariable hidden) {
      return config.getThoughtMap().isIdentity()
          ? hidden
          : transformer
              .latents(hidden.reshape(-1, config.getNEmbd()))
              .reshape(sameDiff.shape(hidden));
    }

    /** The part of a piece within [from, to). */
    private static Piece cut(Piece piece, int from, int to) {
      Visit steps = piece.steps();
      int first = Math.max(from, steps.from());
      int end = Math.min(to, steps.to());
      if (first == steps.from() && end == steps.to()) {
        return piece;
      }
      SDIndex kept = interval(first - steps.from(), end - steps.from());
      UnaryOperator<SDVariable> part = states -> states.get(SDIndex.all(), kept, SDIndex.all());
      return new Piece(
          new Visit(first, end),
          part.apply(piece.hidden()),
          piece.layers().stream().map(part).toList());
    }

    private SDVariable tokens(int from, int to) {
      return inputs.tokenEmbeddings().get(SDIndex.all(), interval(from, to), SDIndex.all());
    }

    private static SDIndex interval(int from, int to) {
      return SDIndex.interval(from, to == Integer.MAX_VALUE ? null : Integer.valueOf(to));
    }
  }
}
