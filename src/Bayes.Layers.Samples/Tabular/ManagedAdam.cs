using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>
/// Adam (Kingma &amp; Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1) whose step is a loop over the numbers themselves. TorchSharp's hands
/// torch scalars that another thread's collection may free (docs/decisions/0007), so it cannot train on several threads; and for parameters this
/// few its operations take several times as long.
/// </summary>
/// <remarks>For parameters in single precision on the CPU. The learning rate is the group's, as schedules set it.</remarks>
internal sealed class ManagedAdam(IEnumerable<Parameter> parameters, double learningRate) : Adam([.. parameters], learningRate)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const float Epsilon = 1e-8f;

    private readonly Dictionary<IntPtr, (float[] First, float[] Second)> _moments = [];
    private int _steps;

    /// <inheritdoc/>
    public override Tensor step(Func<Tensor>? closure = null)
    {
        if (closure is not null)
            throw new NotSupportedException("A closure was given; expected none, since gradients are computed before the step.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _steps++;
        double rate = _parameter_groups[0].LearningRate / (1 - Math.Pow(Beta1, _steps)), root = Math.Sqrt(1 - Math.Pow(Beta2, _steps));
        foreach (var parameter in _parameter_groups[0].Parameters)
            if (parameter.grad is { } gradient)
                Step(parameter, gradient.contiguous(), (float)(rate * root), (float)(Epsilon * root));
        return null!;
    }

    // rate · m̂ / (√v̂ + ε) with the corrections of both moments in the two numbers.
    private void Step(Parameter parameter, Tensor gradient, float rate, float epsilon)
    {
        var values = MemoryMarshal.Cast<byte, float>(parameter.bytes);
        var slopes = MemoryMarshal.Cast<byte, float>(gradient.bytes);
        if (!_moments.TryGetValue(parameter.Handle, out var moments))
            _moments[parameter.Handle] = moments = (new float[values.Length], new float[values.Length]);
        var (first, second) = moments;
        for (int i = 0; i < values.Length; i++)
        {
            float slope = slopes[i];
            first[i] += (float)(1 - Beta1) * (slope - first[i]);
            second[i] += (float)(1 - Beta2) * (slope * slope - second[i]);
            values[i] -= rate * first[i] / (MathF.Sqrt(second[i]) + epsilon);
        }
    }
}
