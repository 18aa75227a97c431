package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code simcot} on {@code codi}: from each latent, and from the one that would come next, a
 * decoder must write the corresponding step of the teacher. Source: Wei et al., arXiv 2509.20317.
 */
final class ExplainedDistilledThoughts extends DistilledThoughts {

  @Override
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    int groups = trainingThoughts(settings, stage, problem.getSteps().size()) + 1;
    List<int[]> taught = taughtSteps(problem);
    List<int[]> steps = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      int end = group == groups - 1 ? taught.size() : group + 1;
      steps.add(
          group < taught.size()
              ? ExplainedSteps.joined(taught.subList(group, end), eos)
              : new int[0]);
    }
    return supervised(problem, settings).steps(steps).build();
  }
}
