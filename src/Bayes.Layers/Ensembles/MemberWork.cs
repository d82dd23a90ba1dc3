using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>
/// Trains members on threads of their own, each with one native thread, and watches torch's global generator, which threads share.
/// </summary>
/// <param name="count">The number of members.</param>
/// <param name="seedGenerator">Seeds the global generator before a member is trained; null if training must not draw from it.</param>
internal sealed class MemberWork(int count, Action<int>? seedGenerator)
{
    private readonly Lock _gate = new();
    private readonly Exception?[] _errors = new Exception?[count];
    private readonly nn.Module?[] _trained = new nn.Module?[count];
    private int _next;
    private bool _isGeneratorUsed;

    /// <summary>Trains all members.</summary>
    /// <param name="threads">The most at a time.</param>
    /// <param name="train">Trains member i.</param>
    /// <param name="ended">Ends the training of the others after a failure.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public IReadOnlyList<TMember> Run<TMember>(
        int threads, Func<int, TMember> train, CancellationTokenSource ended, CancellationToken cancellationToken)
        where TMember : nn.Module
    {
        int before = get_num_threads();
        using var generator = seedGenerator is null ? GlobalGenerator.State() : null;
        using var ready = new CountdownEvent(threads);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Work(train, generator, ended, ready))
        {
            IsBackground = true,
            Name = nameof(EnsembleTraining),
        })];
        foreach (var worker in workers)
            worker.Start();
        ready.Wait(CancellationToken.None);
        // A new thread starts with the last number that any thread has set.
        TorchThreads.SetDefault(before);
        foreach (var worker in workers)
            worker.Join();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfFailed();
        }
        catch
        {
            foreach (var member in _trained)
                member?.Dispose();
            throw;
        }
        return [.. _trained.Select(member => (TMember)member!)];
    }

    private void Work<TMember>(Func<int, TMember> train, Tensor? generator, CancellationTokenSource ended, CountdownEvent ready)
        where TMember : nn.Module
    {
        TorchThreads.Use(1);
        ready.Signal();
        while (Next(ended) is { } index)
        {
            using var scope = NewDisposeScope();
            try
            {
                seedGenerator?.Invoke(index);
                var member = train(index) ?? throw new InvalidOperationException("the function that trains it returned null; expected a module.");
                NetworkInstances.Own(member);
                _trained[index] = member;
                RequireFinite(member);
            }
            catch (Exception exception)
            {
                _errors[index] = exception;
                ended.Cancel();
            }
            if (generator is not null && IsChanged(generator))
            {
                _isGeneratorUsed = true;
                ended.Cancel();
            }
        }
    }

    private int? Next(CancellationTokenSource ended)
    {
        lock (_gate)
            return ended.IsCancellationRequested || _next == count ? null : _next++;
    }

    private void ThrowIfFailed()
    {
        // A member that another one's failure ended is not the cause.
        foreach (var (index, error) in _errors.Index())
            if (error is not null and not OperationCanceledException)
                throw new InvalidOperationException($"Member {index} of {count} could not be trained: {error.Message}", error);
        if (_isGeneratorUsed)
            throw new InvalidOperationException(
                "The training of the members drew from torch's global generator, which they share, so that the members would depend on the order of "
                + $"threads; expected randomness from {nameof(EnsembleMember)}, or {nameof(EnsembleTrainingOptions.UsesGlobalGenerator)} = true, "
                + "which trains one member at a time.");
        foreach (var (index, error) in _errors.Index())
            if (error is not null)
                throw new InvalidOperationException($"Member {index} of {count} could not be trained: {error.Message}", error);
    }

    private static bool IsChanged(Tensor before)
    {
        using var now = GlobalGenerator.State();
        return !now.bytes.SequenceEqual(before.bytes);
    }

    private static void RequireFinite(nn.Module member)
    {
        foreach (var (name, value) in member.state_dict())
            if (!Finiteness.IsFinite(value))
                throw new InvalidOperationException($"'{name}' is not finite after training; expected a training that has not diverged.");
    }
}
