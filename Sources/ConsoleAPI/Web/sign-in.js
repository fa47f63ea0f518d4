// Signs a person in and out.

const form = document.querySelector("#sign-in");
const home = document.querySelector("#home");

/** One call of the API; throws its sentence when it is refused. */
async function call(method, path, body) {
    const response = await fetch(path, {
        method,
        headers: { "X-Requested-With": "console", ...(body ? { "Content-Type": "application/json" } : {}) },
        body: body && JSON.stringify(body),
    });
    const answer = response.status === 204 ? null : await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
    return answer;
}

function show(session) {
    form.hidden = session !== null;
    home.hidden = session === null;
    if (session) document.querySelector("#who").textContent = `${session.user.name} (${session.user.role})`;
}

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = document.querySelector("#problem");
    problem.textContent = "";
    try {
        show(await call("POST", "/api/session", { name: form.elements.name.value, password: form.elements.password.value }));
    } catch (error) {
        problem.textContent = error.message;
    }
});

document.querySelector("#sign-out").addEventListener("click", async () => {
    await call("DELETE", "/api/session");
    show(null);
});

call("GET", "/api/session").then(show, () => show(null));
