package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Small models of every family, for the tests. */
public final class Architectures {

  private Architectures() {}

  /** Any family and any map of thoughts, drawn. */
  static Arbitrary<TransformerConfig> drawn(int vocabulary) {
    Arbitrary<TransformerConfig> plain =
        Arbitraries.oneOf(
            gpt2(vocabulary),
            gpt2WithoutTable(vocabulary),
            llamas(vocabulary, Architecture.LLAMA),
            llamas(vocabulary, Architecture.QWEN2),
            llamas(vocabulary, Architecture.QWEN3),
            llamas(vocabulary, Architecture.MISTRAL));
    return Combinators.combine(plain, thoughtMaps())
        .as((config, map) -> config.toBuilder().thoughtMap(map).build());
  }

  private static Arbitrary<ThoughtMapConfig> thoughtMaps() {
    return Arbitraries.oneOf(
        Arbitraries.just(ThoughtMapConfig.IDENTITY),
        Arbitraries.integers().between(1, 40).map(ThoughtMapConfig::projection),
        // Norms after a short thought are ill-conditioned, and latents feed each other.
        Arbitraries.doubles().between(1, 8).map(ThoughtMapConfig::scale));
  }

  /** One of a family, with all that sets it apart. */
  public static TransformerConfig of(Architecture architecture, int vocabulary) {
    if (architecture == Architecture.GPT2) {
      return start(architecture, vocabulary)
          .nEmbd(6)
          .nLayer(2)
          .nHead(2)
          .activationFunction(Activation.GELU)
          .scaleAttnByInverseLayerIdx(true)
          .tieWordEmbeddings(false)
          .build();
    }
    return start(architecture, vocabulary)
        .nEmbd(6)
        .nLayer(2)
        .nHead(4)
        .nKvHead(2)
        .headDim(4)
        .nInner(7)
        .activationFunction(Activation.SILU)
        .rotary(
            RotaryPositions.builder()
                .theta(100)
                .scaling(Scaling.LLAMA3)
                .factor(4)
                .lowFrequencyFactor(1)
                .highFrequencyFactor(3)
                .originalPositions(20)
                .build())
        .attentionBias(architecture == Architecture.LLAMA)
        .mlpBias(architecture == Architecture.LLAMA)
        .tieWordEmbeddings(architecture == Architecture.QWEN2)
        .build();
  }

  private static TransformerConfig.TransformerConfigBuilder start(
      Architecture architecture, int vocabulary) {
    return TransformerConfig.builder()
        .architecture(architecture)
        .vocabSize(vocabulary)
        .nPositions(40)
        .initializerRange(0.3);
  }

  private static Arbitrary<TransformerConfig> gpt2(int vocabulary) {
    return Combinators.combine(
            Arbitraries.integers().between(1, 3),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(4, 9), // a norm of two values is ill-conditioned
            Arbitraries.integers().between(3, 40),
            Arbitraries.of(Activation.class),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false))
        .as(
            (layers, heads, headSize, inner, activation, scaled, byLayer, tied) ->
                start(Architecture.GPT2, vocabulary)
                    .nEmbd(heads * headSize)
                    .nLayer(layers)
                    .nHead(heads)
                    .nInner(inner)
                    .activationFunction(activation)
                    .scaleAttnWeights(scaled)
                    .scaleAttnByInverseLayerIdx(byLayer)
                    .tieWordEmbeddings(tied)
                    .build());
  }

  /** Rotary positions, or none, in the place of GPT-2's table. */
  private static Arbitrary<TransformerConfig> gpt2WithoutTable(int vocabulary) {
    return Combinators.combine(gpt2(vocabulary), rotary(), Arbitraries.of(true, false))
        .as(
            (config, rotary, turns) -> {
              int evenHeads = config.headSize() + config.headSize() % 2;
              return config.toBuilder()
                  .nEmbd(config.getNHead() * evenHeads)
                  .rotary(turns ? rotary : null)
                  .noPositions(!turns)
                  .build();
            });
  }

  private static Arbitrary<TransformerConfig> llamas(int vocabulary, Architecture architecture) {
    Arbitrary<TransformerConfig.TransformerConfigBuilder> sizes =
        Combinators.combine(
                Arbitraries.integers().between(1, 3),
                Arbitraries.integers().between(1, 3),
                Arbitraries.integers().between(1, 4),
                Arbitraries.integers().between(2, 4),
                Arbitraries.integers().between(5, 21),
                Arbitraries.integers().between(3, 40))
            .as(
                (layers, groups, group, halfHead, width, inner) ->
                    start(architecture, vocabulary)
                        .nLayer(layers)
                        .nHead(groups * group)
                        .nKvHead(groups)
                        .headDim(2 * halfHead)
                        .nEmbd(width)
                        .nInner(inner));
    return Combinators.combine(
            sizes,
            rotary(),
            Arbitraries.of(Activation.class),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false))
        .as(
            (builder, rotary, activation, attentionBias, mlpBias, tied) ->
                builder
                    .rotary(rotary)
                    .activationFunction(activation)
                    .attentionBias(attentionBias && architecture.hasAttentionBiasKey())
                    .mlpBias(mlpBias && architecture.hasMlpBiasKey())
                    .tieWordEmbeddings(tied)
                    .build());
  }

  private static Arbitrary<RotaryPositions> rotary() {
    return Combinators.combine(
            Arbitraries.doubles().between(2, 1e6),
            Arbitraries.of(Scaling.class),
            Arbitraries.doubles().between(1, 8))
        .as(
            (theta, scaling, factor) ->
                RotaryPositions.builder()
                    .theta(theta)
                    .scaling(scaling)
                    .factor(factor)
                    .lowFrequencyFactor(0.5)
                    .highFrequencyFactor(4)
                    .originalPositions(16)
                    .build());
  }
}
