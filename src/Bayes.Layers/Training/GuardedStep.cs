using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Makes steps, and leaves everything as it was if a number would not be finite: the loss, the gradient, a buffer that the pass changed, or a
/// parameter that the optimizer changed.
/// </summary>
/// <remarks>Owns the copies that it puts back, not the step; dispose it.</remarks>
internal sealed class GuardedStep : IDisposable
{
    private readonly TrainingStep _step;
    private readonly double? _maximumGradientNorm;
    private readonly JoinedGradients _gradients;
    private readonly KeptValues _buffers;
    private readonly KeptValues _parameters;
    private readonly KeptMemory _memory;

    public GuardedStep(TrainingStep step, double? maximumGradientNorm)
    {
        (_step, _maximumGradientNorm) = (step, maximumGradientNorm);
        _gradients = new JoinedGradients(step);
        _buffers = new KeptValues(BuffersOfPasses(step.Model));
        _parameters = new KeptValues(step.Parameters);
        _memory = new KeptMemory(step);
        KeepBuffers();
    }

    /// <summary>
    /// Returns the buffers that a pass may change, such as batch statistics. Excludes modules of this library, whose buffers belong to priors.
    /// </summary>
    public static IEnumerable<Tensor> BuffersOfPasses(nn.Module model) =>
        model.modules().Prepend(model).Distinct()
            .Where(module => module.GetType().Assembly != typeof(GuardedStep).Assembly).SelectMany(module => module.buffers(recurse: false));

    /// <summary>Copies the current buffers, which are put back after a refused step.</summary>
    public void KeepBuffers() => _buffers.Keep();

    /// <summary>Adds a batch to the step, and makes the step after the last one.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence.</param>
    /// <param name="isLast">Whether the step is made after this batch.</param>
    /// <returns>The loss so far; after the last batch the loss of the step, which tells whether it was refused.</returns>
    public StepLoss Add(NetworkInput input, Tensor target, double klFactor, bool isLast)
    {
        using var scope = NewDisposeScope();
        try
        {
            bool isWhole = isLast && !_gradients.IsOpen;
            var loss = isWhole ? _step.Compute(input, target, klFactor) : _gradients.Add(input, target, klFactor, isLast);
            return isLast ? Make(loss with { GradientNorm = _step.GradientNorm() }) : loss;
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>Undoes the effects of batches whose step was not made.</summary>
    public void Abandon()
    {
        _buffers.Restore();
        _gradients.Clear();
    }

    public void Dispose()
    {
        _gradients.Dispose();
        _buffers.Dispose();
        _parameters.Dispose();
        _memory.Dispose();
    }

    private StepLoss Make(StepLoss loss)
    {
        if (loss.NotFinite is null && !_buffers.AreFinite)
            loss = loss with { State = $"the buffer '{NameOf(_step.Model.named_buffers())}' was not finite after the pass" };
        if (loss.NotFinite is null)
        {
            if (_maximumGradientNorm is { } maximum && loss.GradientNorm > maximum)
                _step.ScaleGradients(maximum / loss.GradientNorm);
            loss = loss with { State = Apply(loss.GradientNorm) };
        }
        if (loss.NotFinite is null)
            _buffers.Keep();
        else
            _buffers.Restore();
        return loss;
    }

    // Copies the parameters only if they may be needed: the copies take a part of a large network's step.
    private string? Apply(double gradientNorm)
    {
        if (_step.LeavesFinite(gradientNorm))
        {
            _step.ApplyGradients();
            return null;
        }
        _parameters.Keep();
        _memory.Keep();
        try
        {
            _step.ApplyGradients();
            if (_parameters.AreFinite)
                return null;
        }
        catch
        {
            Restore();
            throw;
        }
        string name = NameOf(_step.Model.named_parameters().Select(each => (each.name, (Tensor)each.parameter)));
        Restore();
        return $"{(name.Length == 0 ? "a parameter of the loss" : $"the parameter '{name}'")} was not finite after the optimizer's step";

        void Restore()
        {
            _parameters.Restore();
            _memory.Restore();
        }
    }

    private static string NameOf(IEnumerable<(string Name, Tensor Value)> values) =>
        values.FirstOrDefault(each => !Finiteness.IsFinite(each.Value), ("", null!)).Item1;
}
