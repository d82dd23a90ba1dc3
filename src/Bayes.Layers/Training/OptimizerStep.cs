using System.Collections;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Does what <c>Optimizer.step()</c> does. If the optimizer is torch's Adam or AdamW, and all its parameters are in single or double precision on
/// the CPU, the update is one pass over the numbers instead of eight operations; otherwise the optimizer makes it. The state is the optimizer's in
/// both cases, so that saving, loading, schedules of the learning rate and the user's own steps in between work as before.
/// </summary>
/// <remarks>Does not own the optimizer.</remarks>
internal sealed class OptimizerStep(optim.Optimizer optimizer)
{
    private readonly List<AdamUpdate> _updates = [];
    private readonly List<SgdBound> _bounds = [];
    private int _groupCount = -1;

    /// <summary>Gets whether the last step was one pass over the numbers.</summary>
    public bool IsOnePass { get; private set; }

    /// <summary>Steps every parameter that has a gradient.</summary>
    /// <param name="gradientOf">Returns the gradient of a parameter; null if it has none.</param>
    public void Step(Func<Parameter, Tensor?> gradientOf)
    {
        using var scope = NewDisposeScope();
        IsOnePass = TryPrepare(gradientOf);
        if (!IsOnePass)
        {
            optimizer.step();
            return;
        }
        foreach (var update in _updates)
            update.Make();
    }

    /// <summary>
    /// Determines, without reading the numbers, whether the next step leaves all parameters and the optimizer's state finite. Returns false if this
    /// cannot be known. Call it once before each step.
    /// </summary>
    /// <param name="gradientNorm">The Euclidean norm of all gradients; finite.</param>
    public bool IsSurelyFinite(double gradientNorm)
    {
        if (!TryFindStates())
            return false;
        bool isFinite = true;
        foreach (var update in _updates)
            isFinite &= update.IsSurelyFinite(gradientNorm);
        foreach (var bound in _bounds)
            isFinite &= bound.IsSurelyFinite(gradientNorm);
        return isFinite;
    }

    private bool TryPrepare(Func<Parameter, Tensor?> gradientOf)
    {
        if (!TryFindStates())
            return false;
        foreach (var update in _updates)
            if (!update.TryPrepare(gradientOf(update.Parameter)))
                return false;
        return _updates.Count > 0;
    }

    private bool TryFindStates()
    {
        // Exactly these types: a derived class may step in another way.
        var type = optimizer.GetType();
        if (type != typeof(AdamW) && type != typeof(Adam) && type != typeof(SGD) || optimizer.ParamGroups is not ICollection groups)
            return false;
        if (groups.Count != _groupCount)
        {
            FindStates();
            _groupCount = groups.Count;
        }
        return true;
    }

    private void FindStates()
    {
        _updates.Clear();
        _bounds.Clear();
        var states = ((OptimizerHelper)optimizer).state_dict().State.GetEnumerator();
        foreach (ParamGroup group in optimizer.ParamGroups)
            foreach (var parameter in group.Parameters)
            {
                states.MoveNext();
                if (states.Current is SGD.State descent)
                    _bounds.Add(new SgdBound(parameter, descent, (SGD.Options)group.Options));
                else
                    _updates.Add(Update(parameter, StateOf(states.Current, group.Options)));
            }
    }

    private static IAdamState StateOf(OptimizerState state, OptimizerOptions options) =>
        state is AdamW.State own ? new AdamWState(own, (AdamW.Options)options) : new AdamState((Adam.State)state, (Adam.Options)options);

    private static AdamUpdate Update(Parameter parameter, IAdamState state) =>
        parameter.dtype == ScalarType.Float64 ? new AdamUpdate<double>(parameter, state) : new AdamUpdate<float>(parameter, state);
}
