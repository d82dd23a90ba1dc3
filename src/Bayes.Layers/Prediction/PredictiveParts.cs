using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Combines predictions: of given outputs, of other draws of the same rows, or of other rows of the same draws.</summary>
internal static class PredictiveParts
{
    /// <inheritdoc cref="Predictive.OfSamples"/>
    public static Predictive OfSamples(Tensor outputs, Likelihood likelihood, Tensor? target = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(likelihood);
        if (outputs.ndim < 2 || outputs.numel() == 0 || !outputs.is_floating_point())
            throw new ArgumentException(
                $"The outputs are of type {outputs.dtype} and shape {Shapes.Describe(outputs.shape)}; "
                + "expected floating-point [samples, batch, …], at least one of each.", nameof(outputs));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long rows = outputs.shape[1];
        Require.OneForEachRow(target, rows);
        using var moments = new PredictiveMoments(likelihood.Frozen(), rows, target);
        foreach (var (row, length) in RowBlocks.Of(rows, outputs.numel()))
            moments.Add(outputs.narrow(1, row, length), row);
        moments.Count(checked((int)outputs.shape[0]));
        return moments.ToPredictive(samples: outputs.detach().clone()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Predictive.Part"/>
    public static Predictive OfPart(Predictive prediction, int index)
    {
        // Throws if the tensors are gone.
        _ = prediction.Mean;
        if (prediction.Likelihood is not JointLikelihood joint)
            throw new InvalidOperationException(
                $"The prediction is of one output, with {prediction.Likelihood}; expected a {nameof(JointLikelihood)}, which has parts.");
        if (index < 0 || index >= joint.Parts.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"index is {index}; expected 0 to {joint.Parts.Count - 1}.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var all = prediction.Moments;
        var moments = new MixtureMoments(
            all.Count, joint.MeanOf(all.Mean, index).clone(), joint.MeanOf(all.Squares, index).clone(), joint.MeanOf(all.Noise, index).clone(),
            all.Entropy is { } entropies ? joint.EntropyOf(entropies, index)?.clone() : null, logDensity: null, all.IsOfLanes);
        return new Predictive(
            moments, joint.Parts[index].Likelihood, prediction.ElementType, prediction.Provenance,
            prediction.KeptSamples is { } samples ? joint.OutputOf(samples, index).clone() : null).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Predictive.Merge(IEnumerable{Predictive})"/>
    public static Predictive Merge(IEnumerable<Predictive> predictions)
    {
        // Sorted by draws, so that the order of the arguments does not matter.
        var parts = Named(predictions, "merge");
        Array.Sort(parts, (a, b) => a.Provenance!.Draws.First.CompareTo(b.Provenance!.Draws.First));

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var first = parts[0];
        var device = first.Mean.device;
        var (moments, provenance) = (first.Moments.CopyTo(device), first.Provenance!);
        foreach (var part in parts.AsSpan(1))
        {
            RequireSameLikelihood(first, part);
            provenance = provenance.With(part.Provenance!);
            moments = moments.With(part.Moments.CopyTo(device));
        }
        var samples = parts.All(part => part.KeptSamples is not null) ? cat([.. InOrder(parts).Select(piece => piece.to(device))], 0) : null;
        return new Predictive(moments, first.Likelihood, first.ElementType, provenance, samples).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Predictive.Concatenate(IEnumerable{Predictive})"/>
    public static Predictive Concatenate(IEnumerable<Predictive> predictions)
    {
        var parts = Named(predictions, "concatenate");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var first = parts[0];
        var device = first.Mean.device;
        var provenance = first.Provenance!;
        foreach (var part in parts.AsSpan(1))
        {
            RequireSameLikelihood(first, part);
            long[] ours = first.Mean.shape, theirs = part.Mean.shape;
            if (!ours.AsSpan(1).SequenceEqual(theirs.AsSpan(1)))
                throw new ArgumentException(
                    $"The predictions have shapes {Shapes.Describe(ours)} and {Shapes.Describe(theirs)}; expected rows of one shape.",
                    nameof(predictions));
            provenance = provenance.ThenRowsOf(part.Provenance!);
        }
        var moments = MixtureMoments.Concatenate([.. parts.Select(part => part.Moments.CopyTo(device))]);
        var samples = parts.All(part => part.KeptSamples is not null) ? cat([.. parts.Select(part => part.KeptSamples!.to(device))], 1) : null;
        return new Predictive(moments, first.Likelihood, first.ElementType, provenance, samples).MoveToOuterDisposeScope();
    }

    private static Predictive[] Named(IEnumerable<Predictive> predictions, string verb)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        Predictive[] parts = [.. predictions];
        foreach (var part in parts)
        {
            ArgumentNullException.ThrowIfNull(part, nameof(predictions));
            // Throws if the tensors are gone.
            _ = part.Mean;
            if (part.Provenance is null)
                throw new ArgumentException(
                    $"A prediction was made from given samples, whose draws have no names; {verb} the samples instead.", nameof(predictions));
        }
        return parts.Length > 0 ? parts : throw new ArgumentException("There are no predictions; expected at least one.", nameof(predictions));
    }

    private static void RequireSameLikelihood(Predictive first, Predictive other)
    {
        if (other.Likelihood.ToString() != first.Likelihood.ToString() || other.ElementType != first.ElementType)
            throw new ArgumentException(
                $"The predictions have likelihoods {first.Likelihood} in {first.ElementType} and {other.Likelihood} in {other.ElementType}; "
                + "expected the same.", "predictions");
    }

    // Returns the samples of all parts in the order of their draws: a part that was merged itself may have gaps that others fill.
    private static IEnumerable<Tensor> InOrder(IEnumerable<Predictive> parts) =>
        from part in parts
        from range in part.Provenance!.Draws.Ranges
        orderby range.First
        select part.KeptSamples!.narrow(0, range.Offset, range.Count);
}
