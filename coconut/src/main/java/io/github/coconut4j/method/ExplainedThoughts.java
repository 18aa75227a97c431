package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code simcot} on {@code coconut}: a decoder must write each step from the latents that replace
 * it. The last latents of the last stage stand for all remaining steps, and latents beyond a
 * problem's steps for its answer. Source: Wei et al., arXiv 2509.20317.
 */
final class ExplainedThoughts extends LatentThoughts {

  @Override
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    List<int[]> steps = problem.getSteps();
    int latents = trainingThoughts(settings, stage, steps.size());
    int groups = settings.getCThought() == 0 ? 0 : latents / settings.getCThought();
    List<int[]> explained = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      boolean isLast = group + 1 == settings.getMaxLatentStage();
      int end = isLast ? steps.size() : group + 1;
      explained.add(
          group < steps.size()
              ? ExplainedSteps.joined(steps.subList(group, end), eos)
              : problem.getAnswer()); // the answer has its own end of sequence
    }
    return SequenceSupervision.builder().steps(explained).build();
  }
}
