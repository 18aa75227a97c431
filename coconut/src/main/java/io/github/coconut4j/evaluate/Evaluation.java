package io.github.coconut4j.evaluate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import lombok.Value;

/** The scores of a model on problems; shares are fractions. */
@Value
public class Evaluation {

  /** The generation for each problem, in order. */
  List<ScoredGeneration> generations;

  /** Wall-clock time of the generation, in seconds. */
  double seconds;

  /** Number of problems. */
  public int problems() {
    return generations.size();
  }

  /** Number of correct answers. */
  public int correct() {
    return count(ScoredGeneration::isCorrect);
  }

  /** Share of correct answers. */
  public double accuracy() {
    return (double) correct() / problems();
  }

  /** 95 % confidence interval of the share of correct answers. */
  public Interval accuracyInterval() {
    return Interval.wilson(correct(), problems());
  }

  /** The score on the problems of each number of steps, in ascending order. */
  public List<StepsScore> bySteps() {
    Map<Integer, List<ScoredGeneration>> bySteps =
        generations.stream()
            .collect(
                Collectors.groupingBy(
                    scored -> scored.getProblem().getSteps().size(),
                    TreeMap::new,
                    Collectors.toList()));
    return bySteps.entrySet().stream()
        .map(
            entry ->
                new StepsScore(
                    entry.getKey(),
                    entry.getValue().size(),
                    (int) entry.getValue().stream().filter(ScoredGeneration::isCorrect).count()))
        .toList();
  }

  /**
   * Counts of the option named by each answer against the correct one; empty unless every question
   * has the two options of ProsQA, or the answer of each problem is True or False as in ProntoQA.
   */
  public Optional<Confusion> confusion() {
    return Confusion.of(generations);
  }

  /** Share of chains written as in the problem. */
  public double chainMatch() {
    return (double) count(ScoredGeneration::isChainMatch) / problems();
  }

  /** Mean number of thoughts and tokens after the question. */
  public double meanTokens() {
    return mean(scored -> scored.getGeneration().getTokens());
  }

  /** Mean number of words after the question; unlike tokens, independent of the tokenizer. */
  public double meanWords() {
    return mean(scored -> scored.getGeneration().words());
  }

  /**
   * Mean number of thoughts and GPT-2 tokens of the text, for comparison with the paper's figures,
   * whatever the model's own tokenizer.
   */
  public double meanGpt2Tokens() {
    return mean(scored -> scored.getGeneration().gpt2Tokens());
  }

  /** Mean number of thoughts before the text. */
  public double meanLatents() {
    return mean(scored -> scored.getGeneration().getLatents());
  }

  /** Number of thoughts before the text if it is the same for all problems, else the mean. */
  public Number latents() {
    double mean = meanLatents();
    int first = generations.get(0).getGeneration().getLatents();
    boolean same =
        generations.stream().allMatch(scored -> scored.getGeneration().getLatents() == first);
    return same ? (Number) first : (Number) mean;
  }

  private int count(Predicate<ScoredGeneration> condition) {
    return (int) generations.stream().filter(condition).count();
  }

  private double mean(ToIntFunction<ScoredGeneration> value) {
    return generations.stream().mapToInt(value).average().orElseThrow();
  }
}
