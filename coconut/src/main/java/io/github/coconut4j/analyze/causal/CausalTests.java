package io.github.coconut4j.analyze.causal;

import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;

/**
 * Replaces each single thought, then all of them, with every {@link Replacement}.
 *
 * <p>Later thoughts are recomputed from a replaced one, so its content is also missing in the later
 * ones.
 */
@RequiredArgsConstructor
public final class CausalTests {

  private final ThoughtRunner runner;
  private final Replacements replacements;
  private final int thoughts;

  /** One trial: a replacement at one thought, from 1, or at all of them. */
  private record Trial(Replacement replacement, Integer thought) {}

  /** Number of times that {@link #run} continues a batch. */
  public static int trials(int thoughts) {
    return trialsOf(thoughts).size();
  }

  /**
   * Runs every trial.
   *
   * @param verifiers decide for each problem whether an answer is correct
   * @param before whether each problem's answer is correct with the original thoughts
   * @param afterTrial called after each trial of a batch
   */
  public List<CausalEffect> run(
      List<ReasoningProblem> problems,
      List<PathVerifier> verifiers,
      boolean[] before,
      Runnable afterTrial) {
    List<Trial> trials = trialsOf(thoughts);
    boolean[][] right = new boolean[trials.size()][problems.size()];
    runner.forEachBatch(
        problems,
        batch -> {
          for (int i = 0; i < right.length; i++) {
            batch.think(thoughts, intervention(trials.get(i)));
            mark(batch, verifiers, right[i]);
            afterTrial.run();
          }
        });
    List<CausalEffect> effects = new ArrayList<>();
    for (int i = 0; i < right.length; i++) {
      Trial trial = trials.get(i);
      effects.add(CausalEffect.of(trial.replacement(), trial.thought(), before, right[i]));
    }
    return effects;
  }

  private static void mark(ThoughtBatch batch, List<PathVerifier> verifiers, boolean[] right) {
    List<String> outputs = batch.write();
    for (int row = 0; row < batch.sequences(); row++) {
      int problem = batch.getProblems()[row];
      right[problem] = verifiers.get(problem).isLabelCorrect(outputs.get(row));
    }
  }

  private LatentIntervention intervention(Trial trial) {
    LatentIntervention all = replacements.of(trial.replacement());
    return trial.thought() == null ? all : all.onlyAt(trial.thought() - 1);
  }

  private static List<Trial> trialsOf(int thoughts) {
    List<Trial> trials = new ArrayList<>();
    for (Replacement replacement : Replacement.values()) {
      for (int thought = 1; thought <= thoughts; thought++) {
        trials.add(new Trial(replacement, thought));
      }
      trials.add(new Trial(replacement, null));
    }
    return trials;
  }
}
