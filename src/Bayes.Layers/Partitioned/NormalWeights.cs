namespace Bayes.Layers.Partitioned;

/// <summary>Computes with independent normal weights in natural parameters.</summary>
internal static class NormalWeights
{
    /// <summary>
    /// Returns weights with at least a share of the prior's precision: those that have less get it, with another mean.
    /// </summary>
    /// <param name="values">The weights.</param>
    /// <param name="prior">The prior.</param>
    /// <param name="share">The share.</param>
    /// <param name="means">Weights with the means of those that are changed, which are proper; null for the prior's means.</param>
    public static NaturalParameters Proper(NaturalParameters values, NaturalParameters prior, double share, NaturalParameters? means = null)
    {
        double[]? precisionMeans = null, precisions = null;
        means ??= prior;
        for (int i = 0; i < values.Count; i++)
        {
            double least = share * prior.Precisions[i];
            if (values.Precisions[i] >= least)
                continue;
            precisionMeans ??= values.PrecisionMeans.ToArray();
            precisions ??= values.Precisions.ToArray();
            precisions[i] = least;
            precisionMeans[i] = least * (means.PrecisionMeans[i] / means.Precisions[i]);
        }
        return precisions is null ? values : new NaturalParameters(values.Layout, precisionMeans!, precisions);
    }

    /// <summary>Computes KL(q ‖ p) of proper distributions, in nats.</summary>
    public static double KlDivergence(NaturalParameters q, NaturalParameters p)
    {
        double sum = 0;
        for (int i = 0; i < q.Count; i++)
        {
            double ratio = p.Precisions[i] / q.Precisions[i];
            double distance = q.PrecisionMeans[i] / q.Precisions[i] - p.PrecisionMeans[i] / p.Precisions[i];
            sum += ratio - 1 - Math.Log(ratio) + p.Precisions[i] * distance * distance;
        }
        return 0.5 * sum;
    }

    /// <summary>Returns the largest change of a mean, in standard deviations, or of the logarithm of a standard deviation.</summary>
    public static double LargestChange(NaturalParameters before, NaturalParameters after)
    {
        double largest = 0;
        for (int i = 0; i < after.Count; i++)
        {
            double precision = after.Precisions[i];
            double moved = Math.Abs(after.PrecisionMeans[i] / precision - before.PrecisionMeans[i] / before.Precisions[i]) * Math.Sqrt(precision);
            largest = Math.Max(largest, Math.Max(moved, 0.5 * Math.Abs(Math.Log(precision / before.Precisions[i]))));
        }
        return largest;
    }

    /// <summary>Returns Σ (1 − prior precision / precision).</summary>
    public static double Determined(NaturalParameters q, NaturalParameters prior)
    {
        double sum = 0;
        for (int i = 0; i < q.Count; i++)
            sum += 1 - prior.Precisions[i] / q.Precisions[i];
        return sum;
    }
}
